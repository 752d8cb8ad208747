#include "render/packed_mesh.h"

#include "core/base/image_ops.h"

#include <glm/common.hpp>
#include <glm/geometric.hpp>

#include <algorithm>
#include <cmath>

namespace panohead::render {
namespace {

constexpr int kSmallestLevel = 64;  // pixels: below, the parts of a texture would run into each other

std::uint32_t packNormal(const glm::vec3& normal) {
  std::uint32_t packed = 0;
  for (int axis = 0; axis < 3; ++axis) {
    const auto part = static_cast<std::int32_t>(std::lround(std::clamp(normal[axis], -1.0F, 1.0F) * 511));
    packed |= (static_cast<std::uint32_t>(part) & 0x3FFU) << (10 * axis);
  }
  return packed;
}

std::uint16_t packUnit(float value) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 65535));
}

/// The directed areas of a closed surface add up to nothing, whatever its vertices share; a hole leaves its
/// own.
bool isClosed(const Mesh& mesh) {
  constexpr double kLargestHole = 1e-3;  // of the surface
  glm::dvec3 directed(0);
  double area = 0;
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    const glm::dvec3 a = mesh.positions[mesh.indices[i]];
    const glm::dvec3 twice = glm::cross(glm::dvec3(mesh.positions[mesh.indices[i + 1]]) - a,
                                        glm::dvec3(mesh.positions[mesh.indices[i + 2]]) - a);
    directed += twice;
    area += glm::length(twice);
  }
  return area > 0 && glm::length(directed) < kLargestHole * area;
}

}  // namespace

std::uint64_t PackedMesh::bytes() const noexcept {
  std::uint64_t sum = vertices.size() * sizeof(PackedVertex) + indices.size() * sizeof(std::uint32_t);
  for (const Image& level : texture) {
    sum += level.pixels.size();
  }
  return sum;
}

PackedMesh packMesh(const Mesh& mesh) {
  mesh.check();
  PackedMesh packed;
  packed.has_normals = !mesh.normals.empty();
  packed.has_colours = !mesh.colours.empty();
  packed.vertices.resize(mesh.positions.size());
  for (std::size_t i = 0; i < packed.vertices.size(); ++i) {
    PackedVertex& vertex = packed.vertices[i];
    vertex.position = mesh.positions[i];
    if (packed.has_normals) {
      vertex.normal = packNormal(mesh.normals[i]);
    }
    if (!mesh.uvs.empty()) {
      vertex.uv = {packUnit(mesh.uvs[i].x), packUnit(mesh.uvs[i].y)};
    }
    if (packed.has_colours) {
      vertex.colour = {mesh.colours[i].r, mesh.colours[i].g, mesh.colours[i].b, 255};
    }
  }
  packed.indices = mesh.indices;
  if (!mesh.texture.empty() && !mesh.uvs.empty()) {
    packed.texture.push_back(withChannels(mesh.texture, 4));
    for (const Image* last = &packed.texture.back();
         std::min(last->width, last->height) >= 2 * kSmallestLevel;
         last = &packed.texture.back()) {
      packed.texture.push_back(areaDownsampled(*last, last->width / 2, last->height / 2));
    }
  }
  packed.closed = isClosed(mesh);
  const MeshBounds bounds = meshBounds(mesh);
  packed.centre = (bounds.low + bounds.high) / 2.0F;
  packed.radius = glm::distance(bounds.low, bounds.high) / 2;
  return packed;
}

}  // namespace panohead::render
