#pragma once

#include "core/export/mesh.h"
#include "core/export/pinhole.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace panohead {

/// Calls `visit(x, y, weights)` for every pixel whose centre lies in a triangle of the plane, in pixels;
/// weights are of its corners and sum to one. Either orientation.
template <typename Visit>
void rasteriseTriangle(const std::array<glm::vec2, 3>& corner, int width, int height, const Visit& visit) {
  const glm::vec2 a = corner[0], b = corner[1] - a, c = corner[2] - a;
  const float area = b.x * c.y - b.y * c.x;
  if (!(std::abs(area) > 1e-12F)) {
    return;
  }
  const auto range = [](float low, float high, int size) {
    return std::pair(std::clamp(static_cast<int>(std::ceil(low - 0.5F)), 0, size),
                     std::clamp(static_cast<int>(std::floor(high - 0.5F)) + 1, 0, size));
  };
  const auto [y0, y1] = range(std::min({corner[0].y, corner[1].y, corner[2].y}),
                              std::max({corner[0].y, corner[1].y, corner[2].y}),
                              height);
  const auto [x0, x1] = range(std::min({corner[0].x, corner[1].x, corner[2].x}),
                              std::max({corner[0].x, corner[1].x, corner[2].x}),
                              width);
  constexpr float kRim = -1e-5F;  // a centre on an edge belongs to both sides
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      const glm::vec2 p = glm::vec2(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F) - a;
      const float v = (p.x * c.y - p.y * c.x) / area;
      const float w = (b.x * p.y - b.y * p.x) / area;
      if (v >= kRim && w >= kRim && v + w <= 1 - kRim) {
        visit(x, y, glm::vec3(1 - v - w, v, w));
      }
    }
  }
}

/// What a camera sees of a mesh: the distance along the optical axis of what is nearest, world units, row by
/// row from above; infinity where there is nothing.
struct DepthPicture {
  int side = 0;  // pixels
  std::vector<float> depth;
  float at(int x, int y) const {
    return depth[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x)];
  }
};

/// Triangles that reach behind the camera are left out. @param side pixels  @param checkpoint called now and
/// then; may throw
DepthPicture rasteriseDepth(
    const Mesh& mesh, const Pinhole& camera, int side, const std::function<void()>& checkpoint = [] {});

}  // namespace panohead
