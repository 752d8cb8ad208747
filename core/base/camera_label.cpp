#include "core/base/camera_label.h"

#include <glm/mat3x3.hpp>

#include <cmath>
#include <numbers>

namespace panohead {

CameraLabel mirrorLabel(const CameraLabel& label) {
  CameraLabel mirrored = label;
  for (const std::size_t entry : {1U, 2U, 3U, 4U, 8U}) {
    mirrored[entry] = -mirrored[entry];
  }
  return mirrored;
}

PoseAngles publishedPoseAngles(const CameraLabel& label) {
  constexpr double kSnap = 0.998;  // sine beyond which the filter says 90 degrees
  constexpr double kPi = std::numbers::pi;
  // The filter inverts the pose; labels are not always exact rotations, so a transpose would differ.
  glm::dmat3 camera_to_world;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      camera_to_world[column][row] = label[static_cast<std::size_t>(4 * row + column)];
    }
  }
  const glm::dmat3 inverse = glm::inverse(camera_to_world);
  const auto entry = [&](int row, int column) { return inverse[column][row]; };
  const double sine = -entry(2, 0);
  double yaw = std::abs(sine) > kSnap ? std::copysign(kPi / 2, sine) : std::asin(sine);
  const auto pitch = [&] { return std::atan2(-entry(2, 1) / std::cos(yaw), -entry(2, 2) / std::cos(yaw)); };
  if (std::abs(pitch()) > kPi / 2) {  // seen from behind
    yaw = (yaw > 0 ? kPi : -kPi) - yaw;
  }
  const double roll = std::atan2(-entry(1, 0) / std::cos(yaw), entry(0, 0) / std::cos(yaw));
  constexpr double kDegrees = 180 / kPi;
  return {yaw * kDegrees, pitch() * kDegrees, roll * kDegrees};
}

}  // namespace panohead
