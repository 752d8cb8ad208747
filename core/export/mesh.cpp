#include "core/export/mesh.h"

#include "core/export/mesh_edges.h"

#include <fmt/format.h>
#include <glm/common.hpp>
#include <glm/geometric.hpp>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

bool finite(const glm::vec3& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

}  // namespace

void Mesh::check() const {
  const auto fits = [&](std::size_t size, const char* what) {
    if (size != 0 && size != positions.size()) {
      throw MeshError(fmt::format("the mesh has {} {} for {} vertices", size, what, positions.size()));
    }
  };
  fits(normals.size(), "normals");
  fits(uvs.size(), "texture coordinates");
  fits(colours.size(), "colours");
  if (indices.size() % 3 != 0) {
    throw MeshError("the mesh has a triangle with fewer than three corners");
  }
  if (std::ranges::any_of(indices, [&](std::uint32_t i) { return i >= positions.size(); })) {
    throw MeshError("the mesh has a triangle whose corner does not exist");
  }
  if (!std::ranges::all_of(positions, finite) || !std::ranges::all_of(normals, finite) ||
      !std::ranges::all_of(uvs,
                           [](const glm::vec2& v) { return std::isfinite(v.x) && std::isfinite(v.y); })) {
    throw MeshError("the mesh has a number that is not finite");
  }
}

MeshBounds meshBounds(std::span<const glm::vec3> positions) noexcept {
  MeshBounds bounds;
  if (!positions.empty()) {
    bounds.low = bounds.high = positions.front();
  }
  for (const glm::vec3& p : positions) {
    bounds.low = glm::min(bounds.low, p);
    bounds.high = glm::max(bounds.high, p);
  }
  return bounds;
}

MeshTopology meshTopology(const Mesh& mesh) {
  std::vector<bool> used(mesh.positions.size());
  for (const std::uint32_t i : mesh.indices) {
    used[i] = true;
  }
  const std::vector<Side> sides = sortedSides(mesh);
  Groups components(mesh.indices.size() / 3);
  MeshTopology topology;
  eachEdge(sides, [&](std::size_t first, std::size_t last) {
    int forward = 0;
    for (std::size_t i = first; i < last; ++i) {
      forward += sides[i].forward ? 1 : 0;
      components.join(sides[i].triangle, sides[first].triangle);
    }
    ++topology.edges;
    if (last - first == 1) {
      ++topology.open_edges;
    } else if (last - first != 2 || forward != 1) {
      ++topology.crowded_edges;
    }
  });
  topology.components = components.count();
  topology.euler = std::count(used.begin(), used.end(), true) - topology.edges + mesh.triangles();
  return topology;
}

double meshVolume(const Mesh& mesh) noexcept {
  double volume = 0;
  for (std::size_t i = 0; i + 2 < mesh.indices.size(); i += 3) {
    const glm::dvec3 a(mesh.positions[mesh.indices[i]]), b(mesh.positions[mesh.indices[i + 1]]),
        c(mesh.positions[mesh.indices[i + 2]]);
    volume += glm::dot(a, glm::cross(b, c));
  }
  return volume / 6;
}

}  // namespace panohead
