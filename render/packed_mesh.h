#pragma once

#include "core/export/mesh.h"

#include <array>
#include <cstdint>
#include <vector>

namespace panohead::render {

/// A vertex as the shaders read it.
struct PackedVertex {
  glm::vec3 position{0};                 // world units
  std::uint32_t normal = 0;              // 10 bits signed each: GL_INT_2_10_10_10_REV
  std::array<std::uint16_t, 2> uv{};     // [0, 1]
  std::array<std::uint8_t, 4> colour{};  // sRGB
};
static_assert(sizeof(PackedVertex) == 24);

/// A mesh as the graphics card takes it. Making one is work for a worker; giving one to the card is not more
/// than copying.
struct PackedMesh {
  std::vector<PackedVertex> vertices;
  std::vector<std::uint32_t> indices;  // three a triangle
  std::vector<Image> texture;          // RGBA; each half as wide and high as the one before; empty: none
  bool has_normals = false;
  bool has_colours = false;  // of vertices
  bool closed = false;       // nobody sees its inside
  glm::vec3 centre{0};       // of a sphere around all
  float radius = 0;          // world units

  std::int64_t triangles() const noexcept { return static_cast<std::int64_t>(indices.size() / 3); }
  std::uint64_t bytes() const noexcept;
};

/// Throws MeshError as Mesh::check().
PackedMesh packMesh(const Mesh& mesh);

}  // namespace panohead::render
