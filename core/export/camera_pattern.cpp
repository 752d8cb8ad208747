#include "core/export/camera_pattern.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

std::vector<OrbitView> rings(const CameraPattern& pattern, const OrbitView& view) {
  std::vector<OrbitView> cameras;
  const auto ring_count = static_cast<int>(pattern.pitches.size());
  for (int ring = 0; ring < ring_count; ++ring) {
    // What does not divide goes to the first rings.
    const int share = pattern.count / ring_count + (ring < pattern.count % ring_count ? 1 : 0);
    for (int i = 0; i < share; ++i) {
      OrbitView camera = view;
      camera.yaw_degrees = 360.0 * (i + static_cast<double>(ring) / ring_count) / share;
      camera.pitch_degrees = pattern.pitches[static_cast<std::size_t>(ring)];
      cameras.push_back(camera);
    }
  }
  return cameras;
}

std::vector<OrbitView> sphere(const CameraPattern& pattern, const OrbitView& view) {
  constexpr double kGoldenAngle = 180 * (3 - 2.2360679774997896964);  // degrees
  const auto [low, high] = std::ranges::minmax(pattern.pitches);
  const double bottom = std::sin(low * std::numbers::pi / 180), top = std::sin(high * std::numbers::pi / 180);
  std::vector<OrbitView> cameras;
  for (int i = 0; i < pattern.count; ++i) {
    OrbitView camera = view;
    // Equal steps in height cut a sphere into bands of equal area (Archimedes).
    const double height = bottom + (top - bottom) * (i + 0.5) / pattern.count;
    camera.pitch_degrees = std::asin(height) * 180 / std::numbers::pi;
    camera.yaw_degrees = std::fmod(kGoldenAngle * i, 360);
    cameras.push_back(camera);
  }
  return cameras;
}

}  // namespace

void CameraPattern::check() const {
  if (count < 1 || count > 10000) {
    throw OptionError(fmt::format("{} cameras cannot be placed", count), "choose --count from 1 to 10000");
  }
  if (pitches.empty() || static_cast<int>(pitches.size()) > count) {
    throw OptionError(fmt::format("{} cameras cannot be shared by {} pitches", count, pitches.size()),
                      "give fewer in --pitch, or a larger --count");
  }
  for (const double pitch : pitches) {
    if (!(pitch >= -89 && pitch <= 89)) {
      throw OptionError(fmt::format("a pitch of {} degrees is impossible", pitch), "stay in [-89, 89]");
    }
  }
  if (!(radius >= 0.6 && radius <= 20)) {
    throw OptionError(fmt::format("a distance of {} is impossible", radius),
                      "choose --radius between 0.6 and 20; heads are trained at 2.7");
  }
}

std::vector<OrbitView> placeCameras(const CameraPattern& pattern) {
  pattern.check();
  OrbitView view;
  view.radius = pattern.radius;
  view.fov_degrees = pattern.fov_degrees;
  view.pivot = pattern.pivot;
  return pattern.kind == CameraPattern::Kind::Rings ? rings(pattern, view) : sphere(pattern, view);
}

}  // namespace panohead
