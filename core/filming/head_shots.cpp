#include "core/filming/head_shots.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead {
namespace {

constexpr int kMostFrames = 1'000'000;

void checkFrames(int frames, int fewest) {
  if (frames < fewest || frames > kMostFrames) {
    throw OptionError(
        fmt::format("a film of {} frames is too {}", frames, frames < fewest ? "short" : "long"),
        fmt::format("choose between {} and {} frames", fewest, kMostFrames));
  }
}

CameraLabel turned(OrbitView view, double turns) {
  view.yaw_degrees = std::remainder(view.yaw_degrees + 360 * turns, 360.0);
  return orbitLabel(view);
}

}  // namespace

Shots orbitShots(const HeadOptions& head, const OrbitView& start, int frames) {
  checkFrames(frames, 1);
  return {frames, [head, start, frames](int index) {
            return Shot{turned(start, static_cast<double>(index) / frames), head};
          }};
}

Shots throughHeads(const std::vector<HeadOptions>& heads, const OrbitView& start, double turns, int frames) {
  if (heads.size() < 2) {
    throw OptionError(
        fmt::format("{} head{}: nothing to move between", heads.size(), heads.size() == 1 ? "" : "s"),
        "keep two or more in the gallery (Ctrl+D)");
  }
  const auto count = static_cast<int>(heads.size());
  checkFrames(frames, count);
  return {frames, [heads, start, turns, frames, count](int index) {
            const double place = static_cast<double>(index) * count / frames;  // in heads
            const int from = std::min(static_cast<int>(place), count - 1);
            const HeadOptions& a = heads[static_cast<std::size_t>(from)];
            const HeadOptions& b = heads[static_cast<std::size_t>((from + 1) % count)];
            return Shot{turned(start, turns * index / frames), interpolated(a, b, place - from)};
          }};
}

}  // namespace panohead
