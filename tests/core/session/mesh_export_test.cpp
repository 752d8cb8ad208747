// A head as a mesh: what the window's export panel and the command `shape` call.
#include "core/session/mesh_export.h"

#include "core/base/error.h"
#include "core/export/mesh_raster.h"
#include "core/export/mesh_reduce.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/first_model.h"
#include "tests/support/scratch_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <set>

namespace panohead {
namespace {

using test::firstModel;

HeadPtr headOf(std::uint32_t seed) {
  SilentContext context;
  return makeHead(firstModel(), {.seed = seed, .background = NoBackground{}}, context);
}

Mesh meshOf(const HeadPtr& head, const MeshOptions& options) {
  SilentContext context;
  return makeMesh(head, options, context);
}

TEST(MeshExport, HeadIsClosedUprightAndLifeSize) {
  const Mesh mesh = meshOf(headOf(5), {.resolution = 128, .triangles = 0, .colours = MeshColours::None});
  const MeshTopology topology = meshTopology(mesh);
  EXPECT_TRUE(topology.watertight());
  EXPECT_EQ(topology.components, 1);
  EXPECT_GT(meshVolume(mesh), 0.02);
  const MeshBounds bounds = meshBounds(mesh);
  EXPECT_NEAR(bounds.low.y, -0.5 + 14.5 / 127, 1e-3);  // the cut
  EXPECT_GT(bounds.high.y, 0.2);
  // The nose is the foremost point, and there is nothing like it at the back.
  std::size_t front = 0;
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    front = mesh.positions[i].y > -0.2F && mesh.positions[i].z > mesh.positions[front].z ? i : front;
  }
  EXPECT_LT(std::abs(mesh.positions[front].x), 0.06F);
  EXPECT_GT(mesh.normals[front].z, 0.5F);
}

TEST(MeshExport, DrawnVolumeIsCloseToTheExactOne) {
  const HeadPtr head = headOf(3);
  const MeshOptions exact{.resolution = 96, .triangles = 0, .colours = MeshColours::None};
  MeshOptions drawn = exact;
  drawn.exact = false;
  const double a = meshVolume(meshOf(head, exact)), b = meshVolume(meshOf(head, drawn));
  EXPECT_NEAR(a, b, 0.01 * a);
  EXPECT_NE(a, b);
}

/// The textured mesh seen by a camera, compared with the generator's picture where both are opaque. @return
/// mean difference in levels
double differenceFromPicture(const Mesh& mesh, const HeadPtr& head, double yaw) {
  const CameraLabel label = orbitLabel({.yaw_degrees = yaw});
  SilentContext context;
  const Image picture = renderFrame(*head, {.camera = label}, context).picture;
  const int side = picture.width;
  const Pinhole camera(label);
  const DepthPicture depth = rasteriseDepth(mesh, camera, side);
  double sum = 0, count = 0;
  for (std::size_t t = 0; t < mesh.indices.size(); t += 3) {
    std::array<glm::vec3, 3> place;
    for (std::size_t k = 0; k < 3; ++k) {
      place[k] = camera.project(mesh.positions[mesh.indices[t + k]]) * glm::vec3(side, side, 1);
    }
    rasteriseTriangle({glm::vec2(place[0]), glm::vec2(place[1]), glm::vec2(place[2])},
                      side,
                      side,
                      [&](int x, int y, const glm::vec3& w) {
                        const glm::vec3 near = w / glm::vec3(place[0].z, place[1].z, place[2].z);
                        const float z = 1 / (near.x + near.y + near.z);
                        const std::uint8_t* pixel = picture.row(y) + static_cast<std::ptrdiff_t>(x) * 4;
                        if (z > depth.at(x, y) + 1e-4F || pixel[3] < 250) {
                          return;
                        }
                        glm::vec2 uv(0);
                        for (int k = 0; k < 3; ++k) {
                          uv += mesh.uvs[mesh.indices[t + static_cast<std::size_t>(k)]] * near[k] * z;
                        }
                        const Image& texture = mesh.texture;
                        const std::uint8_t* texel =
                            texture.row(static_cast<int>(uv.y * static_cast<float>(texture.height))) +
                            std::ptrdiff_t{3} * static_cast<int>(uv.x * static_cast<float>(texture.width));
                        for (int c = 0; c < 3; ++c) {
                          sum += std::abs(texel[c] - pixel[c]);
                          ++count;
                        }
                      });
  }
  return sum / count;
}

TEST(MeshExport, TextureShowsWhatThePicturesShow) {
  const HeadPtr head = headOf(5);
  const Mesh mesh = meshOf(head, {.resolution = 160, .triangles = 0, .texture_side = 512, .views = 24});
  mesh.check();
  ASSERT_FALSE(mesh.texture.empty());
  for (const double yaw : {0.0, 37.0, 90.0, 180.0, -75.0}) {
    const double difference = differenceFromPicture(mesh, head, yaw);
    fmt::print("  yaw {}: {:.1f} levels of 255\n", yaw, difference);
    EXPECT_LT(difference, 12) << yaw;
  }
}

TEST(MeshExport, VertexColoursAreTheLightAlternative) {
  const Mesh mesh =
      meshOf(headOf(5), {.resolution = 96, .triangles = 0, .colours = MeshColours::Vertices, .views = 8});
  EXPECT_EQ(mesh.colours.size(), mesh.positions.size());
  EXPECT_TRUE(mesh.texture.empty());
  EXPECT_TRUE(meshTopology(mesh).watertight());
}

TEST(MeshExport, ReducedMeshesStayClosed) {
  if (!canReduceMesh()) {
    GTEST_SKIP() << "built without meshoptimizer";
  }
  const Mesh mesh = meshOf(headOf(2), {.resolution = 256, .triangles = 20000, .colours = MeshColours::None});
  EXPECT_LE(mesh.triangles(), 20000);
  EXPECT_GT(mesh.triangles(), 19000);
  EXPECT_TRUE(meshTopology(mesh).watertight());
  EXPECT_EQ(meshTopology(mesh).components, 1);
}

TEST(MeshExport, StopsAtEveryStage) {
  const HeadPtr head = headOf(1);
  const MeshOptions options{.resolution = 64,
                            .smoothing = 2,
                            .triangles = canReduceMesh() ? 2000 : 0,
                            .texture_side = 128,
                            .views = 4};
  std::set<std::string> stages;
  int after = 0;
  for (bool cancelled = true; cancelled; after += 1 + after / 3) {
    test::CancellingContext context(after);
    cancelled = false;
    try {
      makeMesh(head, options, context);
    } catch (const Cancelled&) {
      cancelled = true;
    }
    stages.merge(context.stages);
  }
  using testing::IsSupersetOf;
  EXPECT_THAT(
      stages,
      IsSupersetOf(
          {"density", "looking for the surface", "surface", "smoothing", "unwrapping", "views", "texture"}));
}

TEST(MeshExport, WhatDoesNotFitIsSaidBefore) {
  const HeadPtr head = headOf(1);
  MeshOptions options{.resolution = 1024, .triangles = 0, .texture_side = 8192};
  EXPECT_GT(forecastMesh(*head, options, MeshFormat::Glb).memory, std::uint64_t{4'000'000'000});
  EXPECT_THROW(meshOf(head, {.resolution = 32}), OptionError);
  EXPECT_THROW(meshOf(head, {.texture_side = 10000}), OptionError);
  EXPECT_THROW(meshOf(head, {.triangles = 5}), OptionError);
  EXPECT_THROW(meshOf(head, {.level = std::nan("")}), OptionError);
}

TEST(MeshExport, TooLittleMemoryIsSaidWithBothNumbers) {
  const MeshOptions options{.resolution = 1024, .texture_side = 8192};
  EXPECT_NO_THROW(requireMeshMemory(2'000'000'000, 2'000'000'000, options));
  EXPECT_NO_THROW(requireMeshMemory(2'000'000'000, 0, options)) << "a machine that does not say";
  try {
    requireMeshMemory(3'400'000'000, 2'100'000'000, options);
    FAIL() << "nothing was said";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("1024"),
                               testing::HasSubstr("8192"),
                               testing::HasSubstr("3.4 GB"),
                               testing::HasSubstr("2.1 GB")));
    EXPECT_THAT(error.hint(), testing::HasSubstr("lower resolution"));
  }
  try {
    MeshOptions plain = options;
    plain.colours = MeshColours::Vertices;
    requireMeshMemory(3'400'000'000, 2'100'000'000, plain);
    FAIL() << "nothing was said";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what() + error.hint(), testing::Not(testing::HasSubstr("texture")))
        << "nobody asked for one";
  }
}

TEST(MeshExport, ForecastOfSecondsLearnsFromMeshesAndNotFromPreviews) {
  const HeadPtr head = headOf(5);
  MeshOptions small{.resolution = 192, .texture_side = 512, .views = 6};
  small.triangles = canReduceMesh() ? 40000 : 0;
  MeshOptions large{.resolution = 384, .smoothing = 2, .texture_side = 1024, .views = 12};
  large.triangles = canReduceMesh() ? 60000 : 0;
  const MeshOptions preview{.resolution = 64, .triangles = 0, .texture_side = 64, .views = 4, .exact = false};
  meshOf(head, small);
  const double before = forecastMesh(*head, large, MeshFormat::Glb).seconds;
  meshOf(head, preview);
  const double forecast = forecastMesh(*head, large, MeshFormat::Glb).seconds;
  EXPECT_EQ(forecast, before);
  const auto begin = std::chrono::steady_clock::now();
  meshOf(head, large);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print("  {:.2f} s, expected {:.2f}\n", seconds, forecast);
  EXPECT_LT(forecast, 10 * seconds) << "the machine may do other work now than then, but units must be right";
  EXPECT_GT(forecast, seconds / 10);
}

TEST(MeshExport, ForecastIsNearWhatComes) {
  const HeadPtr head = headOf(5);
  const MeshOptions options{.resolution = 128, .triangles = 0, .texture_side = 256, .views = 8};
  const Mesh mesh = meshOf(head, options);
  const MeshForecast forecast = forecastMesh(*head, options, MeshFormat::Glb);
  EXPECT_NEAR(static_cast<double>(forecast.triangles),
              static_cast<double>(mesh.triangles()),
              0.4 * static_cast<double>(mesh.triangles()));
  const test::ScratchFolder scratch;
  SilentContext context;
  const auto files = saveMesh(mesh, scratch / "head.glb", {}, context);
  const auto bytes = static_cast<double>(std::filesystem::file_size(files.front()));
  EXPECT_NEAR(static_cast<double>(forecast.file_bytes), bytes, 0.5 * bytes);
  EXPECT_LT(forecastMesh(*head, options, MeshFormat::Glb, true).file_bytes, forecast.file_bytes);
}

TEST(MeshExport, StoppedVolumeLeavesNothing) {
  const HeadPtr head = headOf(1);
  const test::ScratchFolder scratch;
  std::set<std::string> stages;
  int after = 0;
  for (bool cancelled = true; cancelled; after += 1 + after / 2) {
    test::CancellingContext context(after);
    cancelled = false;
    try {
      saveDensityVolume(head, 64, false, scratch / "head.mrc", context);
    } catch (const Cancelled&) {
      cancelled = true;
      EXPECT_THAT(scratch.names(), testing::IsEmpty());
      stages.merge(context.stages);
    }
  }
  EXPECT_THAT(stages, testing::IsSupersetOf({"density", "density volume"}));
  EXPECT_THAT(scratch.names(), testing::ElementsAre("head.mrc"));
}

TEST(MeshExport, VolumeLeavesNothingWhenTheDiskIsFull) {
  const test::ScratchFolder scratch;
  const test::FileSizeLimit full(500'000);
  SilentContext context;
  EXPECT_THROW(saveDensityVolume(headOf(1), 64, false, scratch / "head.mrc", context), DiskFullError);
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace panohead
