#pragma once

#include "core/base/camera.h"

namespace panohead::render {

/// Where to look from at once; Back is yaw 180, Left is the head's own left side (yaw 90).
enum class Snap { Front, Back, Left, Right, Top, Bottom };

/// The orbit camera under the user's hands. Yaw turns freely, pitch stops before the poles, the pivot
/// stays inside the head's box. The scene follows the mouse: dragging to the right turns the head's
/// front to the right.
class OrbitCamera {
 public:
  /// Left drag. Mouse movement in fractions of the drawn picture's side, right and down positive.
  void orbit(double right, double down);
  /// Middle drag: the point under the mouse stays under it. Units as orbit().
  void pan(double right, double down);
  /// Alt and left drag: the picture turns with the mouse, half a turn for its side. Units as orbit().
  void roll(double right);
  /// Wheel, in steps; positive comes nearer, within [kMinRadius, kMaxRadius].
  void dolly(double steps);
  void snap(Snap direction);
  void setFov(double degrees);  // kept within [kMinFov, kMaxFov]
  void reset() { view_ = OrbitView{}; }
  /// Any view, brought within the limits.
  void set(const OrbitView& view);
  /// Looks at this point from the same side and distance.
  void lookAt(const glm::dvec3& point);

  static constexpr double kMinFov = 5;       // degrees
  static constexpr double kMaxFov = 60;      // degrees
  static constexpr double kMinRadius = 1.2;  // world units: outside the head's box
  static constexpr double kMaxRadius = 12;   // world units

  const OrbitView& view() const noexcept { return view_; }

 private:
  OrbitView view_;
};

}  // namespace panohead::render
