#include "core/export/mesh_reduce.h"

#include "core/export/marching_cubes.h"
#include "core/export/mesh_parts.h"
#include "tests/support/analytic_fields.h"
#include "tests/support/cancelling_context.h"

#include <gtest/gtest.h>

#include <numbers>

namespace panohead {
namespace {

Mesh surfaceOf(const DensityField& field, int resolution) {
  SilentContext context;
  Mesh mesh = extractSurface(field, {.resolution = resolution}, context);
  gradientNormals(mesh, field, 0.005F, context);
  return mesh;
}

/// A sphere with a rough skin that has handles and pits.
test::FormulaField roughField() {
  return {[](const glm::vec3& p) {
            return 10 + 60 * (0.3F - glm::length(p)) +
                   3 * std::sin(70 * p.x) * std::sin(60 * p.y + 1) * std::sin(65 * p.z + 2);
          },
          60 + 3 * 120};
}

TEST(MeshReduce, KeepsShapeAndStaysClosed) {
  if (!canReduceMesh()) {
    GTEST_SKIP() << "built without meshoptimizer";
  }
  Mesh mesh = surfaceOf(test::sphereField(0.3F), 96);
  SilentContext context;
  reduceMesh(mesh, 2000, context);
  EXPECT_LE(mesh.triangles(), 2000);
  EXPECT_GT(mesh.triangles(), 1000);
  EXPECT_TRUE(meshTopology(mesh).watertight());
  EXPECT_EQ(meshTopology(mesh).euler, 2);
  EXPECT_EQ(mesh.normals.size(), mesh.positions.size());
  const double volume = 4.0 / 3 * std::numbers::pi * 0.027;
  EXPECT_NEAR(meshVolume(mesh), volume, 0.01 * volume);
}

TEST(MeshReduce, RoughSurfacesStayClosedToo) {
  if (!canReduceMesh()) {
    GTEST_SKIP() << "built without meshoptimizer";
  }
  Mesh mesh = surfaceOf(roughField(), 128);
  keepLargestComponent(mesh);
  ASSERT_TRUE(meshTopology(mesh).watertight());
  const std::int64_t triangles = mesh.triangles();
  SilentContext context;
  reduceMesh(mesh, triangles / 10, context);
  const MeshTopology after = meshTopology(mesh);
  EXPECT_LE(mesh.triangles(), triangles / 10);
  EXPECT_TRUE(after.watertight()) << after.open_edges << " open, " << after.crowded_edges << " crowded";
}

TEST(MeshReduce, LeavesSmallMeshesAlone) {
  Mesh mesh = surfaceOf(test::sphereField(0.2F), 64);
  const Mesh before = mesh;
  SilentContext context;
  reduceMesh(mesh, mesh.triangles(), context);
  EXPECT_EQ(mesh.indices, before.indices);
}

TEST(MeshSmooth, CalmsNoiseAndKeepsTheVolume) {
  Mesh mesh = surfaceOf(test::sphereField(0.3F), 96);
  const double volume = meshVolume(mesh);
  const auto roughness = [&] {
    double sum = 0;
    for (const glm::vec3& p : mesh.positions) {
      sum += std::pow(glm::length(p) - 0.3, 2);
    }
    return std::sqrt(sum / static_cast<double>(mesh.positions.size()));
  };
  std::uint32_t state = 1;
  for (glm::vec3& p : mesh.positions) {
    state = state * 1664525U + 1013904223U;
    p *= 1 + 0.01F * (static_cast<float>(state >> 8) / static_cast<float>(1 << 24) - 0.5F);
  }
  const double before = roughness();
  SilentContext context;
  smoothMesh(mesh, 10, context);
  EXPECT_LT(roughness(), before / 2);
  EXPECT_NEAR(meshVolume(mesh), volume, 0.01 * volume);
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    ASSERT_GT(glm::dot(mesh.normals[i], glm::normalize(mesh.positions[i])), 0.9F);
  }
}

TEST(MeshSmooth, MayBeCancelled) {
  Mesh mesh = surfaceOf(test::sphereField(0.2F), 64);
  test::CancellingContext context(3);
  EXPECT_THROW(smoothMesh(mesh, 10, context), Cancelled);
}

}  // namespace
}  // namespace panohead
