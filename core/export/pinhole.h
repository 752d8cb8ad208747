#pragma once

#include "core/base/camera.h"

#include <glm/geometric.hpp>
#include <glm/vec2.hpp>

namespace panohead {

/// A camera label taken apart: where points of the world appear.
class Pinhole {
 public:
  explicit Pinhole(const CameraLabel& label) {
    for (int row = 0; row < 3; ++row) {
      right_[row] = label[static_cast<std::size_t>(row) * 4];
      down_[row] = label[static_cast<std::size_t>(row) * 4 + 1];
      forward_[row] = label[static_cast<std::size_t>(row) * 4 + 2];
      origin_[row] = label[static_cast<std::size_t>(row) * 4 + 3];
    }
    focal_ = {label[16], label[20]};
    centre_ = {label[18], label[21]};
    skew_ = label[17];
  }

  const glm::vec3& origin() const noexcept { return origin_; }

  /// Place in the picture, (0, 0) to (1, 1) from its upper left corner, and distance along the optical axis
  /// (not above zero: behind the camera, and the place says nothing).
  glm::vec3 project(const glm::vec3& point) const noexcept {
    const glm::vec3 from = point - origin_;
    const float x = glm::dot(from, right_), y = glm::dot(from, down_), z = glm::dot(from, forward_);
    const float scale = z > 0 ? 1 / z : 0;
    return {focal_.x * x * scale + skew_ * y * scale + centre_.x, focal_.y * y * scale + centre_.y, z};
  }

 private:
  glm::vec3 right_{}, down_{}, forward_{}, origin_{};
  glm::vec2 focal_{}, centre_{};
  float skew_ = 0;
};

}  // namespace panohead
