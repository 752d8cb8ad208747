#pragma once

#include "core/base/camera.h"
#include "core/base/image.h"

#include <array>
#include <cstdint>

namespace panohead {

/// How many cameras stand where around the head.
class PoseHistogram {
 public:
  static constexpr int kStep = 5;  // degrees on a side of a bin
  static constexpr int kYawBins = 360 / kStep;
  static constexpr int kPitchBins = 180 / kStep;

  void add(const CameraLabel& label);

  /// Bin 0 of yaw begins at -180 degrees, of pitch at -90.
  std::int64_t count(int yaw_bin, int pitch_bin) const;
  std::int64_t total() const noexcept { return front_ + back_; }
  /// Views with |yaw| below 90 degrees, and the others.
  std::int64_t front() const noexcept { return front_; }
  std::int64_t back() const noexcept { return back_; }
  /// Counts of all pitches in bands of `degrees` of yaw (a multiple of kStep that divides 360), and the
  /// other way round.
  std::int64_t yawCount(int low_degrees, int degrees) const;
  std::int64_t pitchCount(int low_degrees, int degrees) const;

  /// Repetitions of back views (PanoHead, 4.1: back_repeat) with which there are about as many of them as of
  /// front views; 1 when there are enough, 0 when there are none to repeat.
  int balancingRepeat() const;

 private:
  std::array<std::int64_t, std::size_t{kYawBins} * kPitchBins> counts_{};
  std::int64_t front_ = 0;
  std::int64_t back_ = 0;
};

/// The histogram as a chart for people: yaw to the right, pitch upwards, brighter is more, with the sums over
/// each axis along the edges.
Image drawPoseHistogram(const PoseHistogram& histogram);

}  // namespace panohead
