#include "core/export/rectangle_pack.h"

#include <algorithm>
#include <numeric>

namespace panohead {

bool packRectangles(std::vector<PackedRectangle>& rectangles, int side) {
  std::vector<std::size_t> order(rectangles.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return rectangles[a].height > rectangles[b].height; });
  // How far each stretch of columns is filled, from above.
  struct Step {
    int x, width, y;
  };
  std::vector<Step> sky = {{0, side, 0}};
  for (const std::size_t i : order) {
    PackedRectangle& r = rectangles[i];
    std::size_t best = sky.size();
    int best_y = side + 1;
    for (std::size_t s = 0; s < sky.size() && sky[s].x + r.width <= side; ++s) {
      int y = 0, covered = 0;
      for (std::size_t t = s; covered < r.width; ++t) {
        y = std::max(y, sky[t].y);
        covered += sky[t].width;
      }
      if (y + r.height <= side && y < best_y) {
        best = s;
        best_y = y;
      }
    }
    if (best == sky.size()) {
      return false;
    }
    r.x = sky[best].x;
    r.y = best_y;
    // The new step replaces what lies under it.
    const Step step{r.x, r.width, best_y + r.height};
    const int end = r.x + r.width;
    std::vector<Step> next(sky.begin(), sky.begin() + static_cast<std::ptrdiff_t>(best));
    next.push_back(step);
    for (std::size_t s = best; s < sky.size(); ++s) {
      const int right = sky[s].x + sky[s].width;
      if (right > end) {
        const int left = std::max(sky[s].x, end);
        next.push_back({left, right - left, sky[s].y});
      }
    }
    sky = std::move(next);
  }
  return true;
}

}  // namespace panohead
