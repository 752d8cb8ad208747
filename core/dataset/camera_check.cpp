#include "core/dataset/camera_check.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>
#include <glm/mat3x3.hpp>
#include <glm/vec3.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace panohead {
namespace {

constexpr double kAxesTolerance = 1e-2;     // labels of published sets are off by up to 0.004
constexpr double kDistanceTolerance = 0.2;  // part of the usual distance
constexpr double kLooksAwayCosine = 0.5;    // 60 degrees beside the head
constexpr double kLargestFocal = 50;        // picture widths; more are pixels

/// Largest deviation of A^T A from the unit matrix.
double axesError(const glm::dmat3& axes) {
  double error = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      error = std::max(error, std::abs(glm::dot(axes[i], axes[j]) - (i == j ? 1 : 0)));
    }
  }
  return error;
}

std::optional<DatasetProblem> checkAxes(const CameraLabel& label, const glm::dmat3& axes) {
  const double error = axesError(axes);
  if (error > kAxesTolerance) {
    return DatasetProblem{DatasetProblemKind::kNoRotation, {}, fmt::format("axes off by {:.3g}", error)};
  }
  if (glm::determinant(axes) < 0) {
    return DatasetProblem{DatasetProblemKind::kNoRotation, {}, "its axes are mirrored (determinant -1)"};
  }
  constexpr std::array<float, 4> kLastRow{0, 0, 0, 1};
  for (std::size_t i = 0; i < kLastRow.size(); ++i) {
    if (std::abs(label[12 + i] - kLastRow[i]) > kAxesTolerance) {
      return DatasetProblem{
          DatasetProblemKind::kNoRotation, {}, "the last row of camera-to-world is not 0 0 0 1"};
    }
  }
  return std::nullopt;
}

std::optional<DatasetProblem> checkIntrinsics(const CameraLabel& label) {
  const auto at = [&](int row, int column) {
    return double{label[static_cast<std::size_t>(16 + 3 * row + column)]};
  };
  const double fx = at(0, 0);
  const double fy = at(1, 1);
  std::string detail;
  if (fx > kLargestFocal || fy > kLargestFocal) {
    detail = fmt::format("focal length {:.4g}: is it in pixels? It must be divided by the picture's width",
                         std::max(fx, fy));
  } else if (!(fx > 0 && fy > 0)) {
    detail = fmt::format("focal lengths {:.4g} and {:.4g}", fx, fy);
  } else if (!(at(0, 2) >= 0 && at(0, 2) <= 1 && at(1, 2) >= 0 && at(1, 2) <= 1)) {
    detail = fmt::format("its centre ({:.4g}, {:.4g}) lies outside of the picture", at(0, 2), at(1, 2));
  } else if (std::abs(at(1, 0)) > kAxesTolerance || std::abs(at(2, 0)) > kAxesTolerance ||
             std::abs(at(2, 1)) > kAxesTolerance || std::abs(at(2, 2) - 1) > kAxesTolerance) {
    detail = "the last nine numbers are no intrinsics matrix (fx s cx, 0 fy cy, 0 0 1)";
  } else {
    return std::nullopt;
  }
  return DatasetProblem{DatasetProblemKind::kOddIntrinsics, {}, detail};
}

}  // namespace

double cameraDistance(const CameraLabel& label) {
  return glm::length(glm::dvec3(label[3], label[7], label[11]));
}

std::optional<DatasetProblem> checkCamera(const CameraLabel& label, double usual_distance) {
  glm::dmat3 axes;  // columns right, down, forward
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      axes[column][row] = label[static_cast<std::size_t>(4 * row + column)];
    }
  }
  if (auto problem = checkAxes(label, axes)) {
    return problem;
  }
  if (auto problem = checkIntrinsics(label)) {
    return problem;
  }
  const glm::dvec3 place(label[3], label[7], label[11]);
  const double distance = cameraDistance(label);
  if (!(distance > 0) || std::abs(distance - usual_distance) > kDistanceTolerance * usual_distance) {
    return DatasetProblem{DatasetProblemKind::kOddDistance,
                          {},
                          fmt::format("{:.3g} from the head, the others {:.3g}", distance, usual_distance)};
  }
  const double cosine = glm::dot(axes[2], -place / distance);
  if (cosine < kLooksAwayCosine) {
    return DatasetProblem{DatasetProblemKind::kLooksAway,
                          {},
                          cosine < -kLooksAwayCosine
                              ? "it looks the other way: are these OpenGL axes (y up, z backward)?"
                              : fmt::format("the head is {:.0f} degrees beside its view",
                                            std::acos(std::clamp(cosine, -1.0, 1.0)) * 57.29577951)};
  }
  return std::nullopt;
}

}  // namespace panohead
