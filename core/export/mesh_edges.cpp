#include "core/export/mesh_edges.h"

#include <algorithm>

namespace panohead {

std::vector<Side> sortedSides(const Mesh& mesh) {
  std::vector<Side> sides;
  sides.reserve(mesh.indices.size());
  for (std::size_t i = 0; i < mesh.indices.size(); ++i) {
    const std::size_t first = i / 3 * 3;
    const std::uint32_t a = mesh.indices[i], b = mesh.indices[first + (i + 1) % 3];
    sides.push_back({std::min(a, b),
                     std::max(a, b),
                     static_cast<std::uint32_t>(first / 3),
                     static_cast<std::uint8_t>(i - first),
                     a < b});
  }
  std::ranges::sort(sides, [](const Side& a, const Side& b) {
    return a.low != b.low ? a.low < b.low : a.high != b.high ? a.high < b.high : a.triangle < b.triangle;
  });
  return sides;
}

}  // namespace panohead
