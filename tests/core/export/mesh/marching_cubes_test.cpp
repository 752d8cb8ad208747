#include "core/export/marching_cubes.h"

#include "core/base/error.h"
#include "core/export/cube_table.h"
#include "core/export/mesh_parts.h"
#include "core/jobs/job.h"
#include "tests/support/analytic_fields.h"
#include "tests/support/cancelling_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>
#include <random>
#include <set>

namespace panohead {
namespace {

using test::FormulaField;
using test::sphereField;
using test::torusField;
using test::UnboundedField;

Mesh surfaceOf(const DensityField& field, const SurfaceGrid& grid, SurfaceStats* stats = nullptr) {
  SilentContext context;
  return extractSurface(field, grid, context, stats);
}

TEST(CubeTable, EveryCrossedEdgeIsUsedAndNoOther) {
  for (int code = 0; code < 256; ++code) {
    std::set<int> crossed, used;
    for (int edge = 0; edge < 12; ++edge) {
      const int low = edgeCorner(edge), high = low | 1 << edge / 4;
      if (((code >> low ^ code >> high) & 1) != 0) {
        crossed.insert(edge);
      }
    }
    const CubeCase& shape = cubeCase(code);
    for (int i = 0; i < 3 * shape.triangles; ++i) {
      used.insert(shape.edges[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(crossed, used) << "code " << code;
  }
}

TEST(MarchingCubes, SphereHasItsTopologyVolumeAndOrientation) {
  constexpr float kRadius = 0.3F;
  const Mesh mesh = surfaceOf(sphereField(kRadius), {.resolution = 96});
  const MeshTopology topology = meshTopology(mesh);
  EXPECT_TRUE(topology.watertight());
  EXPECT_EQ(topology.euler, 2);
  EXPECT_EQ(topology.components, 1);
  const double volume = 4.0 / 3 * std::numbers::pi * std::pow(kRadius, 3);
  EXPECT_NEAR(meshVolume(mesh), volume, 0.005 * volume);
  for (const glm::vec3& p : mesh.positions) {
    ASSERT_NEAR(glm::length(p), kRadius, 1e-3);
  }
}

TEST(MarchingCubes, TorusHasOneHole) {
  const Mesh mesh = surfaceOf(torusField(0.2F, 0.08F), {.resolution = 96});
  EXPECT_TRUE(meshTopology(mesh).watertight());
  EXPECT_EQ(meshTopology(mesh).euler, 0);
  const double volume = 2 * std::pow(std::numbers::pi, 2) * 0.2 * 0.08 * 0.08;
  EXPECT_NEAR(meshVolume(mesh), volume, 0.02 * volume);
}

TEST(MarchingCubes, NoiseHasNoHoles) {
  // Every way in which corners can lie meets every other: ambiguous faces and all.
  const FormulaField field(
      [](const glm::vec3& p) {
        std::mt19937 here(static_cast<std::uint32_t>(std::lround(p.x * 63)) * 7919U +
                          static_cast<std::uint32_t>(std::lround(p.y * 63)) * 104729U +
                          static_cast<std::uint32_t>(std::lround(p.z * 63)));
        return static_cast<float>(here() >> 8) / static_cast<float>(1 << 24) * 20;
      },
      1e9F);
  const Mesh mesh = surfaceOf(field, {.resolution = 64});
  const MeshTopology topology = meshTopology(mesh);
  EXPECT_GT(mesh.triangles(), 200000);
  EXPECT_TRUE(topology.watertight()) << topology.open_edges << " open, " << topology.crowded_edges
                                     << " crowded";
  EXPECT_GT(meshVolume(mesh), 0);
}

TEST(MarchingCubes, BoundsLoseNothing) {
  const FormulaField field(
      [](const glm::vec3& p) {
        return 10 + 60 * (0.3F - glm::length(p)) +
               3 * std::sin(20 * p.x) * std::sin(18 * p.y) * std::sin(16 * p.z);
      },
      60 + 3 * 32);
  SurfaceStats sparse_stats, dense_stats;
  const Mesh sparse = surfaceOf(field, {.resolution = 112}, &sparse_stats);
  const Mesh dense = surfaceOf(UnboundedField(field), {.resolution = 112}, &dense_stats);
  EXPECT_EQ(sparse.indices, dense.indices);
  EXPECT_EQ(sparse.positions, dense.positions);
  EXPECT_EQ(dense_stats.crossed, dense_stats.blocks);
  EXPECT_LT(sparse_stats.sampled, dense_stats.sampled * 3 / 4);
}

TEST(MarchingCubes, BustIsCutInAPlaneAndClosed) {
  // A column that runs through the whole box from below to above.
  const FormulaField column([](const glm::vec3& p) { return 10 + 100 * (0.2F - std::hypot(p.x, p.z)); }, 100);
  const SurfaceGrid grid{.resolution = 64};
  const Mesh mesh = surfaceOf(column, grid);
  EXPECT_TRUE(meshTopology(mesh).watertight());
  const float step = 1.0F / 63;
  const MeshBounds bounds = meshBounds(mesh);
  EXPECT_NEAR(bounds.low.y, -0.5F + (static_cast<float>(grid.margin()) - 0.5F) * step, 1e-5);
  EXPECT_NEAR(bounds.high.y, 0.5F - (static_cast<float>(grid.topMargin()) - 0.5F) * step, 1e-5);
  int flat = 0;
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    if (mesh.normals[i] == glm::vec3(0, -1, 0)) {
      EXPECT_FLOAT_EQ(mesh.positions[i].y, bounds.low.y);
      ++flat;
    }
  }
  EXPECT_GT(flat, 100);
}

TEST(MarchingCubes, PublishedCutIsWhereTheDensityFallingToZeroReachesTheLevel) {
  const FormulaField column([](const glm::vec3& p) { return std::hypot(p.x, p.z) < 0.2F ? 40.0F : 0.0F; },
                            1e9F);
  const SurfaceGrid grid{.resolution = 64, .level = 10, .flat_cut = false};
  const MeshBounds bounds = meshBounds(surfaceOf(column, grid));
  const float step = 1.0F / 63;
  EXPECT_NEAR(bounds.low.y, -0.5F + (static_cast<float>(grid.margin()) - 0.75F) * step, 1e-5);
}

TEST(MarchingCubes, NormalsFollowTheGradient) {
  const FormulaField field = sphereField(0.3F);
  Mesh mesh = surfaceOf(field, {.resolution = 64});
  SilentContext context;
  gradientNormals(mesh, field, 0.01F, context);
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    ASSERT_GT(glm::dot(mesh.normals[i], glm::normalize(mesh.positions[i])), 0.999F);
  }
}

TEST(MarchingCubes, EmptyFullAndDamagedVolumesAreSaid) {
  const auto message = [](const FormulaField& field) {
    try {
      surfaceOf(field, {.resolution = 64});
    } catch (const MeshError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using testing::HasSubstr;
  EXPECT_THAT(message({[](const glm::vec3&) { return -5.0F; }, 1}),
              HasSubstr("nothing in the head is as dense"));
  EXPECT_THAT(message({[](const glm::vec3&) { return 50.0F; }, 1}), HasSubstr("whole volume is denser"));
  EXPECT_THAT(message({[](const glm::vec3& p) { return p.x > 0.1F ? std::nanf("") : 50.0F; }, 1e9F}),
              HasSubstr("not a finite number"));
}

TEST(MarchingCubes, LevelMayBeNegative) {
  const FormulaField field([](const glm::vec3& p) { return -3 + 100 * (0.3F - glm::length(p)); }, 100);
  const Mesh mesh = surfaceOf(field, {.resolution = 64, .level = -3});
  EXPECT_EQ(meshTopology(mesh).euler, 2);
  EXPECT_TRUE(meshTopology(mesh).watertight());
}

TEST(MarchingCubes, StopsWhereverItIsCancelled) {
  const FormulaField field = sphereField(0.3F);
  int asked = 0;
  for (int after = 0;; ++after) {
    test::CancellingContext context(after);
    try {
      extractSurface(field, {.resolution = 64}, context);
      break;
    } catch (const Cancelled&) {
      ++asked;
    }
  }
  EXPECT_GT(asked, 10);
}

TEST(MeshParts, LargestComponentStays) {
  const FormulaField two(
      [](const glm::vec3& p) {
        return 10 + 100 * std::max(0.15F - glm::distance(p, {0, -0.1F, 0}),
                                   0.04F - glm::distance(p, {0, 0.2F, 0}));
      },
      100);
  Mesh mesh = surfaceOf(two, {.resolution = 96});
  ASSERT_EQ(meshTopology(mesh).components, 2);
  EXPECT_GT(keepLargestComponent(mesh), 0);
  EXPECT_EQ(meshTopology(mesh).components, 1);
  EXPECT_TRUE(meshTopology(mesh).watertight());
  EXPECT_EQ(mesh.normals.size(), mesh.positions.size());
  EXPECT_NEAR(meshBounds(mesh).high.y, 0.05F, 2e-3);
  mesh.check();
}

}  // namespace
}  // namespace panohead
