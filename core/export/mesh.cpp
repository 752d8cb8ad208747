#include "core/export/mesh.h"

#include <fmt/format.h>
#include <glm/common.hpp>
#include <glm/geometric.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace panohead {

namespace {

template <typename T>
std::uint64_t bytesOf(const std::vector<T>& values) {
  return values.size() * sizeof(T);
}

bool finite(const glm::vec3& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

}  // namespace

std::uint64_t Mesh::bytes() const noexcept {
  return bytesOf(positions) + bytesOf(normals) + bytesOf(uvs) + bytesOf(colours) + bytesOf(indices) +
         texture.pixels.size();
}

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
  struct Edge {
    std::uint32_t low, high;
    std::uint32_t triangle;
    bool forward;  // low comes before high in its triangle
  };
  std::vector<Edge> edges;
  edges.reserve(mesh.indices.size());
  std::vector<bool> used(mesh.positions.size());
  for (std::size_t i = 0; i < mesh.indices.size(); ++i) {
    const std::size_t first = i / 3 * 3;
    const std::uint32_t a = mesh.indices[i], b = mesh.indices[first + (i + 1) % 3];
    edges.push_back({std::min(a, b), std::max(a, b), static_cast<std::uint32_t>(first / 3), a < b});
    used[a] = true;
  }
  std::ranges::sort(
      edges, [](const Edge& a, const Edge& b) { return a.low != b.low ? a.low < b.low : a.high < b.high; });
  std::vector<std::uint32_t> parent(mesh.indices.size() / 3);
  std::iota(parent.begin(), parent.end(), 0U);
  const auto root = [&](std::uint32_t i) {
    while (parent[i] != i) {
      i = parent[i] = parent[parent[i]];
    }
    return i;
  };
  MeshTopology topology;
  for (std::size_t i = 0; i < edges.size();) {
    std::size_t end = i;
    int forward = 0;
    for (; end < edges.size() && edges[end].low == edges[i].low && edges[end].high == edges[i].high; ++end) {
      forward += edges[end].forward ? 1 : 0;
      parent[root(edges[end].triangle)] = root(edges[i].triangle);
    }
    ++topology.edges;
    if (end - i == 1) {
      ++topology.open_edges;
    } else if (end - i != 2 || forward != 1) {
      ++topology.crowded_edges;
    }
    i = end;
  }
  for (std::uint32_t i = 0; i < parent.size(); ++i) {
    topology.components += parent[i] == i ? 1 : 0;
  }
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
