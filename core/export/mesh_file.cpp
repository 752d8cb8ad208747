#include "core/export/mesh_file.h"

#include "core/base/image_io.h"
#include "core/base/paths.h"
#include "core/export/mesh_writers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace panohead {

namespace {

std::vector<std::filesystem::path> saveObj(const Mesh& mesh,
                                           const std::filesystem::path& path,
                                           const MeshFileOptions& options,
                                           JobContext& context) {
  // All is written before the first gets its name: a full disk leaves none of the three.
  OutputFile object(path, context);
  if (mesh.texture.empty() || mesh.uvs.empty()) {
    writeObj(mesh, options, {}, object);
    object.flush();
    object.commit();
    return {path};
  }
  std::filesystem::path material_path = path, texture_path = path;
  material_path.replace_extension(".mtl");
  texture_path.replace_filename(path.stem().string() + "_texture.png");  // name.png may be the user's picture
  writeObj(mesh, options, material_path.filename().string(), object);
  OutputFile material(material_path, context), texture(texture_path, context);
  writeMtl(texture_path.filename().string(), material);
  texture.write(encodePng(mesh.texture));
  for (OutputFile* file : {&texture, &material, &object}) {
    file->flush();
  }
  for (OutputFile* file : {&texture, &material, &object}) {
    file->commit();
  }
  return {path, material_path, texture_path};
}

}  // namespace

void MeshFileOptions::check() const {
  if (!(metres_per_unit > 0 && metres_per_unit <= 1000)) {
    throw OptionError(fmt::format("metres per unit: {} is not in (0, 1000]", metres_per_unit));
  }
}

MeshFormat meshFormatOf(const std::filesystem::path& path) {
  const std::string suffix = lowerSuffix(path);
  constexpr std::array kNames = {std::pair{".glb", MeshFormat::Glb},
                                 std::pair{".obj", MeshFormat::Obj},
                                 std::pair{".ply", MeshFormat::Ply},
                                 std::pair{".stl", MeshFormat::Stl}};
  for (const auto& [name, format] : kNames) {
    if (suffix == name) {
      return format;
    }
  }
  throw OptionError(fmt::format("'{}' does not say what kind of mesh file it shall be", path.string()),
                    "end its name with .glb, .obj, .ply or .stl");
}

std::vector<std::filesystem::path> saveMesh(const Mesh& mesh,
                                            const std::filesystem::path& path,
                                            const MeshFileOptions& options,
                                            JobContext& context) {
  options.check();
  const MeshFormat format = meshFormatOf(path);
  mesh.check();
  if (mesh.empty()) {
    throw MeshError("there is no mesh to write: it has no triangles");
  }
  context.checkpoint();
  context.report({"writing", 0, 0, {}});
  if (format == MeshFormat::Obj) {
    return saveObj(mesh, path, options, context);
  }
  OutputFile out(path, context);
  switch (format) {
    case MeshFormat::Ply:
      writePly(mesh, options, out);
      break;
    case MeshFormat::Stl:
      writeStl(mesh, options, out);
      break;
    default:
      writeGlb(mesh, options, out);
      break;
  }
  out.flush();
  out.commit();
  return {path};
}

std::vector<glm::u8vec3> vertexColours(const Mesh& mesh) {
  if (!mesh.colours.empty() || mesh.texture.empty() || mesh.uvs.empty()) {
    return mesh.colours;
  }
  const Image& image = mesh.texture;
  std::vector<glm::u8vec3> colours;
  colours.reserve(mesh.uvs.size());
  const auto pixel = [](float place, int size) {
    return std::clamp(static_cast<int>(place * static_cast<float>(size)), 0, size - 1);
  };
  for (const glm::vec2& uv : mesh.uvs) {
    const std::uint8_t* p =
        image.row(pixel(uv.y, image.height)) + std::ptrdiff_t{3} * pixel(uv.x, image.width);
    colours.emplace_back(p[0], p[1], p[2]);
  }
  return colours;
}

float linearLight(std::uint8_t srgb) noexcept {
  const float v = static_cast<float>(srgb) / 255;
  return v <= 0.04045F ? v / 12.92F : std::pow((v + 0.055F) / 1.055F, 2.4F);
}

}  // namespace panohead
