#include "render/orbit_camera.h"

#include <glm/common.hpp>
#include <glm/trigonometric.hpp>

#include <algorithm>
#include <cmath>

namespace panohead::render {
namespace {

constexpr double kDegreesAcross = 180;  // a drag across the whole picture
constexpr double kMaxPitch = 89;        // degrees
constexpr double kDollyFactor = 0.93;   // of the distance, per wheel step
constexpr double kMaxPivot = 0.4;       // world units from the centre, per axis

}  // namespace

void OrbitCamera::orbit(double right, double down) {
  view_.yaw_degrees = std::remainder(view_.yaw_degrees - right * kDegreesAcross, 360.0);
  view_.pitch_degrees = std::clamp(view_.pitch_degrees + down * kDegreesAcross, -kMaxPitch, kMaxPitch);
}

void OrbitCamera::pan(double right, double down) {
  const double yaw = glm::radians(view_.yaw_degrees);
  const double pitch = glm::radians(view_.pitch_degrees);
  const glm::dvec3 right_axis{std::cos(yaw), 0, -std::sin(yaw)};
  const glm::dvec3 up_axis{
      -std::sin(yaw) * std::sin(pitch), std::cos(pitch), -std::cos(yaw) * std::sin(pitch)};
  const double picture_side = view_.radius / focalFromFov(view_.fov_degrees);  // world units, at the pivot
  view_.pivot = glm::clamp(view_.pivot + picture_side * (down * up_axis - right * right_axis),
                           glm::dvec3(-kMaxPivot),
                           glm::dvec3(kMaxPivot));
}

void OrbitCamera::dolly(double steps) {
  view_.radius = std::clamp(view_.radius * std::pow(kDollyFactor, steps), kMinRadius, kMaxRadius);
}

void OrbitCamera::snap(Snap direction) {
  view_.pitch_degrees = 0;
  switch (direction) {
    case Snap::Front:
      view_.yaw_degrees = 0;
      break;
    case Snap::Back:
      view_.yaw_degrees = 180;
      break;
    case Snap::Left:
      view_.yaw_degrees = 90;
      break;
    case Snap::Right:
      view_.yaw_degrees = -90;
      break;
    case Snap::Top:
      view_.pitch_degrees = kMaxPitch;
      break;
    case Snap::Bottom:
      view_.pitch_degrees = -kMaxPitch;
      break;
  }
}

void OrbitCamera::set(const OrbitView& view) {
  view_ = view;
  view_.pitch_degrees = std::clamp(view.pitch_degrees, -kMaxPitch, kMaxPitch);
  view_.radius = std::clamp(view.radius, kMinRadius, kMaxRadius);
  setFov(view.fov_degrees);
  lookAt(view.pivot);
}

void OrbitCamera::lookAt(const glm::dvec3& point) {
  view_.pivot = glm::clamp(point, glm::dvec3(-kMaxPivot), glm::dvec3(kMaxPivot));
}

void OrbitCamera::roll(double right) {
  view_.roll_degrees = std::remainder(view_.roll_degrees + 180 * right, 360.0);
}

void OrbitCamera::setFov(double degrees) { view_.fov_degrees = std::clamp(degrees, kMinFov, kMaxFov); }

}  // namespace panohead::render
