#include "core/export/push_pull.h"

#include <glm/common.hpp>

#include <algorithm>
#include <cmath>

namespace panohead {

void pushPull(std::vector<glm::vec3>& pixels,
              std::vector<std::uint8_t>& known,
              int width,
              int height,
              JobContext& context) {
  if (width * height <= 1 || std::ranges::find(known, 0) == known.end()) {
    return;
  }
  const int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
  const auto at = [](int x, int y, int w) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(w) + static_cast<std::size_t>(x);
  };
  std::vector<glm::vec3> half(at(0, half_height, half_width));
  std::vector<std::uint8_t> half_known(half.size());
  for (int y = 0; y < half_height; ++y) {
    context.checkpoint();
    for (int x = 0; x < half_width; ++x) {
      glm::vec3 sum(0);
      int count = 0;
      for (int py = 2 * y; py < std::min(2 * y + 2, height); ++py) {
        for (int px = 2 * x; px < std::min(2 * x + 2, width); ++px) {
          if (known[at(px, py, width)] != 0) {
            sum += pixels[at(px, py, width)];
            ++count;
          }
        }
      }
      if (count > 0) {
        half[at(x, y, half_width)] = sum / static_cast<float>(count);
        half_known[at(x, y, half_width)] = 1;
      }
    }
  }
  pushPull(half, half_known, half_width, half_height, context);
  for (int y = 0; y < height; ++y) {
    context.checkpoint();
    for (int x = 0; x < width; ++x) {
      if (known[at(x, y, width)] != 0) {
        continue;
      }
      const float hx = std::max(0.0F, (static_cast<float>(x) - 0.5F) / 2),
                  hy = std::max(0.0F, (static_cast<float>(y) - 0.5F) / 2);
      const int x0 = static_cast<int>(hx), y0 = static_cast<int>(hy);
      const int x1 = std::min(x0 + 1, half_width - 1), y1 = std::min(y0 + 1, half_height - 1);
      const float fx = hx - static_cast<float>(x0), fy = hy - static_cast<float>(y0);
      const auto pixel = [&](int px, int py) { return half[at(px, py, half_width)]; };
      pixels[at(x, y, width)] = glm::mix(
          glm::mix(pixel(x0, y0), pixel(x1, y0), fx), glm::mix(pixel(x0, y1), pixel(x1, y1), fx), fy);
      known[at(x, y, width)] = 1;
    }
  }
}

}  // namespace panohead
