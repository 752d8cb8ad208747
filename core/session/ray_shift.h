#pragma once

#include "core/base/camera.h"

#include <algorithm>
#include <cmath>

namespace panohead {

/// What a camera adds to both ends of a model's range of depths. The file's range holds at the distance the
/// model was trained at: a camera that is nearer or farther along its line of sight takes the range with it,
/// else the head would be cut away.
/// @param ray_start of the model's file, world units  @return world units
inline double rayShift(const CameraLabel& camera, double ray_start) {
  constexpr double kSamePlace = 1e-3;  // published cameras keep the file's numbers exactly
  constexpr double kNearest = 0.05;  // inside the head there is nothing to see: start in front of the camera
  const double ahead = -(camera[3] * camera[2] + camera[7] * camera[6] + camera[11] * camera[10]);
  const double shift = ahead - kHeadCameraRadius;
  return std::max(std::abs(shift) < kSamePlace ? 0.0 : shift, kNearest - ray_start);
}

}  // namespace panohead
