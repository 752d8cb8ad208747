#include "core/session/key_frames.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace panohead {
namespace {

constexpr double kSameTime = 1e-3;   // seconds
constexpr double kSameAngle = 1e-6;  // degrees

// Every number of a camera that moves.
using CameraNumbers = std::array<double, 8>;

CameraNumbers numbersOf(const OrbitView& view) {
  return {view.yaw_degrees,
          view.pitch_degrees,
          view.roll_degrees,
          view.radius,
          view.fov_degrees,
          view.pivot.x,
          view.pivot.y,
          view.pivot.z};
}

OrbitView cameraOf(const CameraNumbers& n) {
  OrbitView view;
  view.yaw_degrees = n[0];
  view.pitch_degrees = std::clamp(n[1], -89.0, 89.0);
  view.roll_degrees = n[2];
  view.radius = std::max(n[3], 0.1);
  view.fov_degrees = std::clamp(n[4], 1.0, 120.0);
  view.pivot = {n[5], n[6], n[7]};
  return view;
}

}  // namespace

void KeyFrames::set(KeyFrame frame) {
  const auto place = std::ranges::lower_bound(frames_, frame.seconds - kSameTime, {}, &KeyFrame::seconds);
  if (place != frames_.end() && std::abs(place->seconds - frame.seconds) <= kSameTime) {
    *place = std::move(frame);
  } else {
    frames_.insert(place, std::move(frame));
  }
}

void KeyFrames::erase(std::size_t index) {
  if (index < frames_.size()) {
    frames_.erase(frames_.begin() + static_cast<std::ptrdiff_t>(index));
  }
}

bool KeyFrames::closed() const {
  if (frames_.size() < 2 || frames_.front().head != frames_.back().head) {
    return false;
  }
  const OrbitView& first = frames_.front().camera;
  OrbitView last = frames_.back().camera;
  const double turns = (last.yaw_degrees - first.yaw_degrees) / 360;
  if (std::abs(turns - std::round(turns)) > kSameAngle / 360) {
    return false;
  }
  last.yaw_degrees = first.yaw_degrees;
  return last == first;
}

Moment KeyFrames::at(double seconds) const {
  if (frames_.empty()) {
    throw OptionError("there is no key frame", "set one first");
  }
  const auto after = std::ranges::upper_bound(frames_, seconds, {}, &KeyFrame::seconds);
  if (after == frames_.begin() || after == frames_.end()) {
    const KeyFrame& still = after == frames_.end() ? frames_.back() : frames_.front();
    return {still.camera, still.head};
  }
  const auto index = static_cast<std::size_t>(after - frames_.begin()) - 1;
  const KeyFrame& a = frames_[index];
  const KeyFrame& b = frames_[index + 1];
  const double span = b.seconds - a.seconds;
  const double t = (seconds - a.seconds) / span;
  // Cubic Hermite; at a key frame the speed is that between its neighbours, at the ends it is the first
  // chord's, so that two key frames make a straight and even path. The ends of a loop are one key frame.
  const bool loop = closed();
  const auto speed = [this, loop](std::size_t i, std::size_t number) {
    const auto way = [&](std::size_t begin, std::size_t end) {
      return numbersOf(frames_[end].camera)[number] - numbersOf(frames_[begin].camera)[number];
    };
    const auto time = [&](std::size_t begin, std::size_t end) {
      return frames_[end].seconds - frames_[begin].seconds;
    };
    const std::size_t last = frames_.size() - 1;
    if (loop && (i == 0 || i == last)) {
      return (way(0, 1) + way(last - 1, last)) / (time(0, 1) + time(last - 1, last));
    }
    const std::size_t before = i > 0 ? i - 1 : i, next = std::min(i + 1, last);
    return way(before, next) / time(before, next);
  };
  const CameraNumbers from = numbersOf(a.camera), to = numbersOf(b.camera);
  CameraNumbers now{};
  for (std::size_t k = 0; k < now.size(); ++k) {
    const double t2 = t * t, t3 = t2 * t;
    now[k] = (2 * t3 - 3 * t2 + 1) * from[k] + (t3 - 2 * t2 + t) * span * speed(index, k) +
             (3 * t2 - 2 * t3) * to[k] + (t3 - t2) * span * speed(index + 1, k);
  }
  return {cameraOf(now), interpolated(a.head, b.head, t)};
}

}  // namespace panohead
