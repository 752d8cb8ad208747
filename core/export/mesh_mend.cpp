#include "core/export/mesh_edges.h"
#include "core/export/mesh_parts.h"

#include <glm/geometric.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

namespace panohead {

namespace {

using Size = std::size_t;

std::uint32_t apex(const Mesh& mesh, const Side& side) {
  return mesh.indices[Size{side.triangle} * 3 + (side.number + Size{2}) % 3];
}

/// Pairs of triangles with the same corners in opposite order enclose nothing.
void removeBackToBack(Mesh& mesh, const std::vector<Side>& sides) {
  std::vector<bool> gone(mesh.indices.size() / 3);
  eachEdge(sides, [&](Size first, Size last) {
    for (Size a = first; last - first > 2 && a < last; ++a) {
      for (Size b = a + 1; b < last; ++b) {
        if (!gone[sides[a].triangle] && !gone[sides[b].triangle] && sides[a].forward != sides[b].forward &&
            apex(mesh, sides[a]) == apex(mesh, sides[b])) {
          gone[sides[a].triangle] = gone[sides[b].triangle] = true;
        }
      }
    }
  });
  Size kept = 0;
  for (Size t = 0; t < gone.size(); ++t) {
    for (Size k = 0; k < 3 && !gone[t]; ++k) {
      mesh.indices[kept++] = mesh.indices[t * 3 + k];
    }
  }
  mesh.indices.resize(kept);
}

/// Angle around an edge at which a side's triangle lies, in [0, 2 pi).
float angleAround(const Mesh& mesh, const Side& side, const glm::vec3& along, const glm::vec3& zero) {
  const glm::vec3 from = mesh.positions[apex(mesh, side)] - mesh.positions[side.low];
  const glm::vec3 across = from - along * glm::dot(from, along);
  const float angle = std::atan2(glm::dot(glm::cross(zero, across), along), glm::dot(zero, across));
  return angle < 0 ? angle + 2 * std::numbers::pi_v<float> : angle;
}

/// The middle of an edge, once more for each call.
std::uint32_t addMiddle(Mesh& mesh, std::uint32_t a, std::uint32_t b) {
  mesh.positions.push_back((mesh.positions[a] + mesh.positions[b]) * 0.5F);
  if (!mesh.normals.empty()) {
    const glm::vec3 sum = mesh.normals[a] + mesh.normals[b];
    const float length = glm::length(sum);
    mesh.normals.push_back(length > 0 ? sum / length : mesh.normals[a]);
  }
  return static_cast<std::uint32_t>(mesh.positions.size() - 1);
}

void splitSide(Mesh& mesh, const Side& side, std::uint32_t middle) {
  const Size first = Size{side.triangle} * 3, second = (side.number + Size{1}) % 3;
  const std::uint32_t end = mesh.indices[first + second], top = apex(mesh, side);
  mesh.indices[first + second] = middle;
  mesh.indices.insert(mesh.indices.end(), {middle, end, top});
}

/// Pairs the triangles around an edge; each pair gets a middle of the edge of its own, and the edge is gone.
void splitEdge(Mesh& mesh, std::span<const Side> edge) {
  const glm::vec3 whole = mesh.positions[edge[0].high] - mesh.positions[edge[0].low];
  const glm::vec3 along = whole / std::max(glm::length(whole), 1e-20F);
  const glm::vec3 from = mesh.positions[apex(mesh, edge[0])] - mesh.positions[edge[0].low];
  const glm::vec3 zero = from - along * glm::dot(from, along);
  std::vector<std::pair<float, const Side*>> around;
  for (const Side& side : edge) {
    around.emplace_back(&side == edge.data() ? 0.0F : angleAround(mesh, side, along, zero), &side);
  }
  std::ranges::sort(around);
  // From a triangle that runs forward, the next one around that runs backward closes the same wedge of what
  // is inside.
  std::vector<bool> paired(around.size());
  for (Size i = 0; i < around.size(); ++i) {
    for (Size k = 1; around[i].second->forward && k < around.size(); ++k) {
      const Size j = (i + around.size() - k) % around.size();
      if (!around[j].second->forward && !paired[j]) {
        paired[j] = true;
        const std::uint32_t middle = addMiddle(mesh, edge[0].low, edge[0].high);
        splitSide(mesh, *around[i].second, middle);
        splitSide(mesh, *around[j].second, middle);
        break;
      }
    }
  }
}

}  // namespace

std::int64_t mendCrowdedEdges(Mesh& mesh) {
  std::int64_t mended = 0;
  for (bool more = true; more;) {
    more = false;
    removeBackToBack(mesh, sortedSides(mesh));
    const std::vector<Side> sides = sortedSides(mesh);
    std::vector<bool> touched(mesh.indices.size() /
                              3);  // in this round: their sides are no longer those of the list
    eachEdge(sides, [&](Size first, Size last) {
      if (last - first <= 2) {
        return;
      }
      more = true;
      const std::span edge(sides.data() + first, last - first);
      if (std::ranges::none_of(edge, [&](const Side& side) { return touched[side.triangle]; })) {
        for (const Side& side : edge) {
          touched[side.triangle] = true;
        }
        splitEdge(mesh, edge);
        ++mended;
      }
    });
  }
  dropUnusedVertices(mesh);
  return mended;
}

}  // namespace panohead
