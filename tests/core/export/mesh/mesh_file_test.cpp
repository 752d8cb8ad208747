#include "core/export/mesh_file.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/export/marching_cubes.h"
#include "core/export/mesh_reduce.h"
#include "core/export/uv_unwrap.h"
#include "tests/support/analytic_fields.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#ifdef PANOHEAD_HAVE_ASSIMP
#include <assimp/Importer.hpp>
#include <assimp/scene.h>
#endif

#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

namespace panohead {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Something with a front, a top and a side: a sphere with a nose on +z and an ear on +x.
Mesh headLike() {
  const test::FormulaField field(
      [](const glm::vec3& p) {
        const float skull = 0.25F - glm::length(p);
        const float nose = 0.05F - glm::distance(p, {0, 0, 0.26F});
        const float ear = 0.04F - glm::distance(p, {0.26F, 0, 0});
        return 10 + 100 * std::max({skull, nose, ear});
      },
      100);
  SilentContext context;
  Mesh mesh = extractSurface(field, {.resolution = 64}, context);
  gradientNormals(mesh, field, 0.005F, context);
  return mesh;
}

Mesh texturedHead() {
  Mesh mesh = headLike();
  SilentContext context;
  unwrapHead(mesh, 256, context);
  mesh.texture = Image(256, 256, 3);
  for (std::size_t i = 0; i < mesh.texture.pixels.size(); ++i) {
    mesh.texture.pixels[i] = static_cast<std::uint8_t>(i * 31 % 251);
  }
  return mesh;
}

Mesh colouredHead() {
  Mesh mesh = headLike();
  for (const glm::vec3& n : mesh.normals) {
    mesh.colours.emplace_back((n + 1.0F) * 127.5F);
  }
  return mesh;
}

class MeshFile : public testing::Test {
 protected:
  std::filesystem::path save(const Mesh& mesh, const std::string& name, const MeshFileOptions& options = {}) {
    SilentContext context;
    files_ = saveMesh(mesh, scratch_ / name, options, context);
    EXPECT_EQ(files_.front(), scratch_ / name);
    return files_.front();
  }
  test::ScratchFolder scratch_;
  std::vector<std::filesystem::path> files_;
};

#ifdef PANOHEAD_HAVE_ASSIMP

/// What another reader makes of a file.
struct Read {
  Assimp::Importer importer;
  const aiScene* scene = nullptr;
  const aiMesh* mesh = nullptr;
  explicit Read(const std::filesystem::path& file) {
    scene = importer.ReadFile(file.string(), 0);
    EXPECT_NE(scene, nullptr) << importer.GetErrorString();
    if (scene != nullptr) {
      EXPECT_EQ(scene->mNumMeshes, 1U);
      mesh = scene->mMeshes[0];
    }
  }
};

/// Its triangles, vertices at one place joined.
Mesh joined(const aiMesh& read) {
  Mesh mesh;
  std::map<std::array<float, 3>, std::uint32_t> known;
  for (unsigned int f = 0; f < read.mNumFaces; ++f) {
    for (unsigned int k = 0; k < 3; ++k) {
      const aiVector3D& p = read.mVertices[read.mFaces[f].mIndices[k]];
      const auto [entry, fresh] = known.try_emplace(std::array<float, 3>{p.x, p.y, p.z},
                                                    static_cast<std::uint32_t>(mesh.positions.size()));
      if (fresh) {
        mesh.positions.emplace_back(p.x, p.y, p.z);
      }
      mesh.indices.push_back(entry->second);
    }
  }
  return mesh;
}

void expectSame(const Mesh& mesh, const aiMesh& read, float metres) {
  EXPECT_EQ(read.mNumFaces, mesh.triangles());
  EXPECT_EQ(read.mPrimitiveTypes & aiPrimitiveType_TRIANGLE, unsigned{aiPrimitiveType_TRIANGLE});
  std::vector<glm::vec3> positions;
  for (unsigned int i = 0; i < read.mNumVertices; ++i) {
    positions.emplace_back(read.mVertices[i].x, read.mVertices[i].y, read.mVertices[i].z);
  }
  const MeshBounds expected = meshBounds(mesh), found = meshBounds(positions);
  for (int a = 0; a < 3; ++a) {
    EXPECT_NEAR(found.low[a], expected.low[a] * metres, 1e-6);
    EXPECT_NEAR(found.high[a], expected.high[a] * metres, 1e-6);
  }
  // Corner by corner: the order of triangles is kept.
  ASSERT_EQ(read.mNumFaces, mesh.triangles());
  for (unsigned int f = 0; f < read.mNumFaces; f += 97) {
    for (unsigned int k = 0; k < 3; ++k) {
      const glm::vec3 p = mesh.positions[mesh.indices[std::size_t{f} * 3 + k]] * metres;
      const aiVector3D& q = read.mVertices[read.mFaces[f].mIndices[k]];
      EXPECT_NEAR(glm::distance(p, glm::vec3(q.x, q.y, q.z)), 0, 2e-6);
    }
  }
}

TEST_F(MeshFile, EveryFormatIsReadByAssimp) {
  const Mesh mesh = texturedHead();
  for (const char* name : {"head.glb", "head.obj", "head.ply", "head.stl"}) {
    SCOPED_TRACE(name);
    const Read read(save(mesh, name));
    ASSERT_NE(read.mesh, nullptr);
    expectSame(mesh, *read.mesh, 0.4F);
    EXPECT_TRUE(read.mesh->HasNormals());
  }
}

TEST_F(MeshFile, GlbHoldsItsTextureAndMaterial) {
  const Mesh mesh = texturedHead();
  const Read read(save(mesh, "head.glb", {.unlit = true}));
  ASSERT_NE(read.mesh, nullptr);
  ASSERT_TRUE(read.mesh->HasTextureCoords(0));
  ASSERT_EQ(read.scene->mNumTextures, 1U);
  const aiTexture& texture = *read.scene->mTextures[0];
  EXPECT_TRUE(texture.CheckFormat("png"));
  const Image image =
      decodeImage(std::span(reinterpret_cast<const std::byte*>(texture.pcData), texture.mWidth), "texture");
  EXPECT_EQ(image.pixels, mesh.texture.pixels);
  const aiMaterial& material = *read.scene->mMaterials[read.mesh->mMaterialIndex];
  float metallic = 1;
  EXPECT_EQ(material.Get(AI_MATKEY_METALLIC_FACTOR, metallic), aiReturn_SUCCESS);
  EXPECT_EQ(metallic, 0);
  // Assimp has v upwards.
  for (unsigned int i = 0; i < read.mesh->mNumVertices; i += 101) {
    EXPECT_NEAR(read.mesh->mTextureCoords[0][i].x, mesh.uvs[i].x, 1e-6);
    EXPECT_NEAR(1 - read.mesh->mTextureCoords[0][i].y, mesh.uvs[i].y, 1e-6);
    EXPECT_NEAR(read.mesh->mNormals[i].z, mesh.normals[i].z, 1e-6);
  }
}

TEST_F(MeshFile, VertexColoursSurvive) {
  const Mesh mesh = colouredHead();
  for (const char* name : {"head.ply", "head.glb", "head.obj"}) {
    SCOPED_TRACE(name);
    const Read read(save(mesh, name));
    ASSERT_NE(read.mesh, nullptr);
    ASSERT_TRUE(read.mesh->HasVertexColors(0));
    const bool linear = std::string(name) == "head.glb";
    const std::uint32_t corner = mesh.indices[300];
    const aiColor4D& colour = read.mesh->mColors[0][read.mesh->mFaces[100].mIndices[0]];
    const float srgb = static_cast<float>(mesh.colours[corner].g) / 255;
    EXPECT_NEAR(linear ? std::pow(colour.g, 1 / 2.2F) : colour.g, srgb, linear ? 0.02 : 0.003);
  }
}

TEST_F(MeshFile, ObjNamesItsMaterialAndTexture) {
  const Mesh mesh = texturedHead();
  const Read read(save(mesh, "my head.obj"));
  EXPECT_EQ(files_.size(), 3U);
  ASSERT_NE(read.mesh, nullptr);
  aiString texture;
  const aiMaterial& material = *read.scene->mMaterials[read.mesh->mMaterialIndex];
  ASSERT_EQ(material.GetTexture(aiTextureType_DIFFUSE, 0, &texture), aiReturn_SUCCESS);
  EXPECT_EQ(std::string(texture.C_Str()), "my head_texture.png");
  EXPECT_EQ(readImage(scratch_ / "my head_texture.png").pixels, mesh.texture.pixels);
}

TEST_F(MeshFile, WatertightAfterJoiningWhatTheSeamsDoubled) {
  const Mesh textured = texturedHead();
  ASSERT_FALSE(meshTopology(textured).watertight());
  const Read read(save(textured, "head.stl"));
  ASSERT_NE(read.mesh, nullptr);
  EXPECT_EQ(read.mesh->mNumFaces, textured.triangles());
  EXPECT_TRUE(meshTopology(joined(*read.mesh)).watertight());
  const Read plain(save(headLike(), "plain.ply"));
  Mesh mesh;
  mesh.positions.resize(plain.mesh->mNumVertices);
  for (unsigned int f = 0; f < plain.mesh->mNumFaces; ++f) {
    for (unsigned int k = 0; k < 3; ++k) {
      mesh.indices.push_back(plain.mesh->mFaces[f].mIndices[k]);
    }
  }
  EXPECT_TRUE(meshTopology(mesh).watertight());
}

#endif

TEST_F(MeshFile, ObjLeavesAPictureOfItsNameAlone) {
  std::ofstream(scratch_ / "my head.png") << "the user's";
  save(texturedHead(), "my head.obj");
  EXPECT_EQ(std::filesystem::file_size(scratch_ / "my head.png"), 10U);
  EXPECT_THAT(
      scratch_.names(),
      testing::UnorderedElementsAre("my head.mtl", "my head.obj", "my head.png", "my head_texture.png"));
}

TEST_F(MeshFile, GlbIsWellFormed) {
  const Mesh mesh = texturedHead();
  const std::filesystem::path file = save(mesh, "head.glb", {.metres_per_unit = 1, .jpeg = true});
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto word = [&](std::size_t at) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + at, 4);
    return value;
  };
  EXPECT_EQ(bytes.substr(0, 4), "glTF");
  EXPECT_EQ(word(4), 2U);
  EXPECT_EQ(word(8), bytes.size());
  const std::uint32_t json_size = word(12);
  EXPECT_EQ(json_size % 4, 0U);
  const auto json = nlohmann::json::parse(bytes.substr(20, json_size));
  EXPECT_EQ(word(20 + json_size) + 28 + json_size, bytes.size());
  EXPECT_EQ(json["buffers"][0]["byteLength"], word(20 + json_size));
  for (const auto& view : json["bufferViews"]) {
    EXPECT_EQ(view["byteOffset"].get<int>() % 4, 0);
    EXPECT_LE(view["byteOffset"].get<std::size_t>() + view["byteLength"].get<std::size_t>(),
              word(20 + json_size));
  }
  EXPECT_EQ(json["images"][0]["mimeType"], "image/jpeg");
  EXPECT_EQ(json["asset"]["version"], "2.0");
  const auto low = json["accessors"][0]["min"].get<std::vector<float>>();
  EXPECT_EQ(glm::vec3(low[0], low[1], low[2]), meshBounds(mesh).low);
}

TEST_F(MeshFile, FullDiskLeavesNothing) {
  const Mesh mesh = texturedHead();
  for (const char* name : {"head.glb", "head.obj", "head.ply", "head.stl"}) {
    for (const std::size_t limit : {std::size_t{1000}, std::size_t{100'000}}) {
      const test::FileSizeLimit full(limit);
      SilentContext context;
      EXPECT_THROW(saveMesh(mesh, scratch_ / name, {}, context), DiskFullError) << name;
      EXPECT_THAT(scratch_.names(), IsEmpty()) << name;
    }
  }
}

TEST_F(MeshFile, CancelLeavesNothingWhereverItComes) {
  const Mesh mesh = texturedHead();
  for (const char* name : {"head.glb", "head.obj", "head.ply", "head.stl"}) {
    int cancelled = 0;
    for (int after = 0;; ++after) {
      test::CancellingContext context(after);
      try {
        saveMesh(mesh, scratch_ / name, {}, context);
        break;
      } catch (const Cancelled&) {
        ++cancelled;
        EXPECT_THAT(scratch_.names(), IsEmpty()) << name << " after " << after;
      }
    }
    EXPECT_GT(cancelled, 1) << name;
    for (const std::string& file : scratch_.names()) {
      std::filesystem::remove(scratch_ / file);
    }
  }
}

TEST_F(MeshFile, WrongNamesAndMeshesAreSaid) {
  SilentContext context;
  const Mesh mesh = headLike();
  EXPECT_THROW(saveMesh(mesh, scratch_ / "head.fbx", {}, context), OptionError);
  EXPECT_THROW(saveMesh(mesh, scratch_ / "head", {}, context), OptionError);
  EXPECT_THROW(saveMesh({}, scratch_ / "head.glb", {}, context), MeshError);
  EXPECT_THROW(saveMesh(mesh, scratch_ / "none" / "head.glb", {}, context), SaveError);
  EXPECT_THROW(saveMesh(mesh, scratch_ / "head.glb", {.metres_per_unit = 0}, context), OptionError);
  Mesh damaged = mesh;
  damaged.positions[5].x = std::nanf("");
  EXPECT_THROW(saveMesh(damaged, scratch_ / "head.glb", {}, context), MeshError);
  damaged = mesh;
  damaged.indices[7] = 1'000'000;
  EXPECT_THROW(saveMesh(damaged, scratch_ / "head.glb", {}, context), MeshError);
  damaged = mesh;
  damaged.uvs.resize(3);
  EXPECT_THROW(saveMesh(damaged, scratch_ / "head.glb", {}, context), MeshError);
  EXPECT_THAT(scratch_.names(), IsEmpty());
}

TEST(MeshFormat, SuffixesInAnyCase) {
  EXPECT_EQ(meshFormatOf("a/b.GLB"), MeshFormat::Glb);
  EXPECT_EQ(meshFormatOf("b.Ply"), MeshFormat::Ply);
}

}  // namespace
}  // namespace panohead
