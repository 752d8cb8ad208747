#include "core/base/camera.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>
#include <glm/mat3x3.hpp>
#include <glm/trigonometric.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

constexpr double kScriptPi = 3.14159;  // both as rounded in the published scripts
constexpr double kScriptSqrt2 = 1.414;
constexpr double kMaxPitchDegrees = 89.9;

/// Columns right, down, forward of a camera that looks along `forward` (unit length).
glm::dmat3 uprightAxes(const glm::dvec3& forward) {
  const glm::dvec3 right = -glm::normalize(glm::cross(glm::dvec3(0, 1, 0), forward));
  return {right, glm::normalize(glm::cross(forward, right)), forward};
}

CameraLabel makeLabel(const glm::dmat3& axes, const glm::dvec3& origin, const Intrinsics& intrinsics) {
  CameraLabel label{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      label[static_cast<std::size_t>(4 * row + column)] = static_cast<float>(axes[column][row]);
    }
    label[static_cast<std::size_t>(4 * row + 3)] = static_cast<float>(origin[row]);
  }
  label[15] = 1;
  const auto& [fx, fy, cx, cy, skew] = intrinsics;
  const std::array<float, 9> matrix{fx, skew, cx, 0, fy, cy, 0, 0, 1};
  std::copy(matrix.begin(), matrix.end(), label.begin() + 16);
  return label;
}

}  // namespace

double focalFromFov(double fov_degrees) {
  if (!(fov_degrees > 0 && fov_degrees < 180)) {
    throw OptionError(fmt::format("a field of view of {} degrees is impossible", fov_degrees),
                      "choose one between 0 and 180; heads are trained at 18.8");
  }
  return 1 / (std::tan(fov_degrees * kScriptPi / 360) * kScriptSqrt2);
}

double fovFromFocal(double focal) { return std::atan(1 / (focal * kScriptSqrt2)) * 360 / kScriptPi; }

CameraLabel lookAtPose(
    double h, double v, const glm::dvec3& pivot, double radius, const Intrinsics& intrinsics) {
  using std::numbers::pi;
  const double phi = std::acos(1 - 2 * std::clamp(v, 1e-5, pi - 1e-5) / pi);
  const glm::dvec3 direction(
      std::sin(phi) * std::cos(pi - h), std::cos(phi), std::sin(phi) * std::sin(pi - h));
  const glm::dvec3 origin = radius * direction;
  return makeLabel(uprightAxes(glm::normalize(pivot - origin)), origin, intrinsics);
}

CameraLabel orbitLabel(const OrbitView& view) {
  const double yaw = glm::radians(view.yaw_degrees);
  const double pitch = glm::radians(std::clamp(view.pitch_degrees, -kMaxPitchDegrees, kMaxPitchDegrees));
  const double roll = glm::radians(view.roll_degrees);
  const glm::dvec3 direction(
      std::cos(pitch) * std::sin(yaw), std::sin(pitch), std::cos(pitch) * std::cos(yaw));

  const glm::dmat3 upright = uprightAxes(-direction);
  const glm::dmat3 rolled(std::cos(roll) * upright[0] - std::sin(roll) * upright[1],
                          std::sin(roll) * upright[0] + std::cos(roll) * upright[1],
                          upright[2]);
  Intrinsics intrinsics;
  intrinsics.fx = intrinsics.fy = static_cast<float>(focalFromFov(view.fov_degrees));
  return makeLabel(rolled, view.pivot + view.radius * direction, intrinsics);
}

}  // namespace panohead
