#include "core/doctor/depth_view.h"

#include <queue>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace panohead::doctor {
namespace {

constexpr float kSolid = 0.5F;
constexpr float kNowhere = -100;  // height of what is not the head: below everything

std::size_t indexOf(const DepthView& view, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(view.size) + static_cast<std::size_t>(x);
}

/// Calls visit(x, y) for the eight neighbours inside the picture.
template <typename Visit>
void neighbours(const DepthView& view, std::size_t index, Visit visit) {
  const int x = static_cast<int>(index % static_cast<std::size_t>(view.size));
  const int y = static_cast<int>(index / static_cast<std::size_t>(view.size));
  for (int v = std::max(0, y - 1); v <= std::min(view.size - 1, y + 1); ++v) {
    for (int u = std::max(0, x - 1); u <= std::min(view.size - 1, x + 1); ++u) {
      if (u != x || v != y) {
        visit(u, v);
      }
    }
  }
}

}  // namespace

double pitShare(const DepthView& view) {
  const std::size_t count = view.mask.size();
  std::vector<float> height(count), level(count, 0);
  std::vector<unsigned char> reached(count, 0);
  std::size_t solid = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool head = view.mask[i] > kSolid;
    height[i] = head ? -view.depth[i] : kNowhere;
    solid += head ? 1 : 0;
  }
  if (solid == 0) {
    return 0;
  }
  // Flooding from the border, lowest level first (Barnes et al. 2014, "priority flood").
  using Place = std::pair<float, std::size_t>;
  std::priority_queue<Place, std::vector<Place>, std::greater<>> open;
  const auto reach = [&](std::size_t i, float from) {
    if (reached[i] == 0) {
      reached[i] = 1;
      level[i] = std::max(height[i], from);
      open.emplace(level[i], i);
    }
  };
  for (int k = 0; k < view.size; ++k) {
    for (const std::size_t i : {indexOf(view, k, 0),
                                indexOf(view, k, view.size - 1),
                                indexOf(view, 0, k),
                                indexOf(view, view.size - 1, k)}) {
      reach(i, kNowhere);
    }
  }
  while (!open.empty()) {
    const auto [at, i] = open.top();
    open.pop();
    neighbours(view, i, [&, from = at](int x, int y) { reach(indexOf(view, x, y), from); });
  }
  std::size_t pits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (level[i] - height[i] > static_cast<float>(kPit)) {
      ++pits;
      solid += view.mask[i] > kSolid ? 0 : 1;  // where one sees through the head there would be some of it
    }
  }
  return static_cast<double>(pits) / static_cast<double>(solid);
}

std::vector<unsigned char> mainPiece(const DepthView& view) {
  std::vector<unsigned char> best(view.mask.size(), 0);
  std::vector<unsigned char> seen(view.mask.size(), 0);
  std::vector<std::size_t> largest;
  for (std::size_t start = 0; start < view.mask.size(); ++start) {
    if (seen[start] != 0 || view.mask[start] <= kSolid) {
      continue;
    }
    std::vector<std::size_t> piece{start};
    seen[start] = 1;
    for (std::size_t next = 0; next < piece.size(); ++next) {
      neighbours(view, piece[next], [&](int x, int y) {
        const std::size_t i = indexOf(view, x, y);
        if (seen[i] == 0 && view.mask[i] > kSolid) {
          seen[i] = 1;
          piece.push_back(i);
        }
      });
    }
    if (piece.size() > largest.size()) {
      largest = std::move(piece);
    }
  }
  for (const std::size_t i : largest) {
    best[i] = 1;
  }
  return best;
}

double besideShare(const DepthView& view) {
  std::vector<unsigned char> near = mainPiece(view);
  const auto area = static_cast<double>(std::ranges::count(near, 1));
  if (area == 0) {
    return 0;
  }
  const int margin = std::max(1, static_cast<int>(std::lround(view.size * kBeside)));
  for (int step = 0; step < margin; ++step) {
    std::vector<unsigned char> wider = near;
    for (std::size_t i = 0; i < near.size(); ++i) {
      if (near[i] != 0) {
        neighbours(view, i, [&](int x, int y) { wider[indexOf(view, x, y)] = 1; });
      }
    }
    near = std::move(wider);
  }
  double beside = 0;
  for (std::size_t i = 0; i < near.size(); ++i) {
    beside += near[i] == 0 ? std::clamp(view.mask[i], 0.0F, 1.0F) : 0;
  }
  return beside / area;
}

double skullWidth(const DepthView& view, int height) {
  const std::vector<unsigned char> piece = mainPiece(view);
  const auto widthOf = [&](int y) {
    const auto row = piece.begin() + static_cast<std::ptrdiff_t>(indexOf(view, 0, y));
    return static_cast<double>(std::count(row, row + view.size, 1));
  };
  int top = 0;
  while (top < view.size && widthOf(top) == 0) {
    ++top;
  }
  double sum = 0;
  int rows = 0;
  for (int y = top + height * 15 / 100; y < std::min(view.size, top + height * 80 / 100); ++y) {
    sum += widthOf(y);
    ++rows;
  }
  return rows > 0 ? sum / rows : 0;
}

}  // namespace panohead::doctor
