#include "core/export/mesh_parts.h"

#include "core/export/mesh_edges.h"

#include <algorithm>
#include <limits>

namespace panohead {

namespace {

template <typename T>
void compact(std::vector<T>& values, const std::vector<std::uint32_t>& place, std::size_t count) {
  if (values.empty()) {
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (place[i] != std::numeric_limits<std::uint32_t>::max()) {
      values[place[i]] = values[i];  // places only move down
    }
  }
  values.resize(count);
  values.shrink_to_fit();
}

}  // namespace

void dropUnusedVertices(Mesh& mesh) {
  constexpr std::uint32_t kUnused = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> place(mesh.positions.size(), kUnused);
  for (const std::uint32_t i : mesh.indices) {
    place[i] = 0;
  }
  std::uint32_t count = 0;
  for (std::uint32_t& p : place) {
    p = p == kUnused ? kUnused : count++;
  }
  for (std::uint32_t& i : mesh.indices) {
    i = place[i];
  }
  compact(mesh.positions, place, count);
  compact(mesh.normals, place, count);
  compact(mesh.uvs, place, count);
  compact(mesh.colours, place, count);
}

std::int64_t keepLargestComponent(Mesh& mesh) {
  // Vertices that share a triangle share a component: marching cubes never joins two at a vertex alone.
  Groups components(mesh.positions.size());
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    components.join(mesh.indices[i + 1], mesh.indices[i]);
    components.join(mesh.indices[i + 2], mesh.indices[i]);
  }
  std::vector<std::uint32_t> size(mesh.positions.size());
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    ++size[components.root(mesh.indices[i])];
  }
  const auto largest = static_cast<std::uint32_t>(std::ranges::max_element(size) - size.begin());
  const std::int64_t before = mesh.triangles();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    if (components.root(mesh.indices[i]) == largest) {
      for (std::size_t k = 0; k < 3; ++k) {
        mesh.indices[kept++] = mesh.indices[i + k];
      }
    }
  }
  mesh.indices.resize(kept);
  mesh.indices.shrink_to_fit();
  dropUnusedVertices(mesh);
  return before - mesh.triangles();
}

}  // namespace panohead
