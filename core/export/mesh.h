#pragma once

#include "core/base/error.h"
#include "core/base/image.h"

#include <glm/vec2.hpp>
#include <glm/vec3.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace panohead {

/// A surface that cannot be made or is not what it should be: nothing at the level, density that is not a
/// number.
class MeshError : public Error {
 public:
  using Error::Error;
};

/// Triangles with shared vertices. Space is the generator's: y up, the face looks along +z, world units
/// (the box is GeneratorConfig's box_warp, 1 for heads). Triangles are counterclockwise seen from outside.
/// Arrays beside `positions` are empty or as long as it.
struct Mesh {
  std::vector<glm::vec3> positions;    // world units
  std::vector<glm::vec3> normals;      // unit length, outward
  std::vector<glm::vec2> uvs;          // [0, 1]; (0, 0) is the picture's upper left corner, v goes down
  std::vector<glm::u8vec3> colours;    // sRGB
  std::vector<std::uint32_t> indices;  // three a triangle
  Image texture{};                     // RGB, sRGB; read at uvs; empty: none

  bool empty() const noexcept { return indices.empty(); }
  std::int64_t triangles() const noexcept { return static_cast<std::int64_t>(indices.size() / 3); }
  std::int64_t vertices() const noexcept { return static_cast<std::int64_t>(positions.size()); }

  /// Throws MeshError when arrays do not fit each other, an index is out of range, or a number is not finite.
  void check() const;
};

/// The box around all vertices; both zero where there are none.
struct MeshBounds {
  glm::vec3 low{0}, high{0};
  bool operator==(const MeshBounds&) const = default;
};
MeshBounds meshBounds(std::span<const glm::vec3> positions) noexcept;
inline MeshBounds meshBounds(const Mesh& mesh) noexcept { return meshBounds(std::span(mesh.positions)); }

/// How a surface hangs together. A vertex is an index here: no two are joined for lying at one place.
struct MeshTopology {
  std::int64_t edges = 0;
  std::int64_t open_edges = 0;     // of one triangle
  std::int64_t crowded_edges = 0;  // of more than two triangles, or of two in the same direction
  std::int64_t components = 0;     // connected by edges
  std::int64_t euler = 0;          // used vertices - edges + triangles: 2 a sphere, 0 a torus
  /// Encloses a volume: every edge belongs to exactly two triangles, which run through it in opposite
  /// directions.
  bool watertight() const noexcept { return open_edges == 0 && crowded_edges == 0; }
};
MeshTopology meshTopology(const Mesh& mesh);

/// Signed volume enclosed by a watertight mesh, world units cubed: positive when triangles face outward.
double meshVolume(const Mesh& mesh) noexcept;

}  // namespace panohead
