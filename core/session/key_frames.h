#pragma once

#include "core/base/camera.h"
#include "core/session/head_options.h"

#include <vector>

namespace panohead {

inline bool operator==(const OrbitView& a, const OrbitView& b) {
  return a.yaw_degrees == b.yaw_degrees && a.pitch_degrees == b.pitch_degrees &&
         a.roll_degrees == b.roll_degrees && a.radius == b.radius && a.fov_degrees == b.fov_degrees &&
         a.pivot == b.pivot;
}

/// A moment of a film.
struct KeyFrame {
  double seconds = 0;
  OrbitView camera{};
  HeadOptions head{};
  bool operator==(const KeyFrame&) const = default;
};

struct Moment {
  OrbitView camera{};
  HeadOptions head{};
};

/// Key frames in the order of their times. Cameras move on cubic splines through their key frames (the
/// short way round in yaw is not taken: 0 to 350 degrees is nearly a whole turn), heads on straight lines.
class KeyFrames {
 public:
  /// Inserts, or replaces the one at the same time (within a millisecond).
  void set(KeyFrame frame);
  void erase(std::size_t index);

  const std::vector<KeyFrame>& frames() const noexcept { return frames_; }
  bool empty() const noexcept { return frames_.empty(); }
  /// Whether the last key frame shows what the first shows, perhaps some whole turns later: then the film is
  /// a loop, and cameras pass from its end into its beginning at an even speed, too.
  bool closed() const;
  double duration() const noexcept { return frames_.empty() ? 0 : frames_.back().seconds; }
  /// Before the first and after the last key frame nothing moves. Throws OptionError when there is none.
  Moment at(double seconds) const;

  bool operator==(const KeyFrames&) const = default;

 private:
  std::vector<KeyFrame> frames_;
};

}  // namespace panohead
