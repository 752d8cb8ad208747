#include "core/session/surface_point.h"

#include <cmath>

namespace panohead {

std::optional<glm::dvec3> surfacePoint(const Frame& frame, const CameraLabel& camera, double u, double v) {
  const int side = frame.neural_resolution;
  if (side <= 0 || frame.depth.size() != static_cast<std::size_t>(side) * static_cast<std::size_t>(side) ||
      !(u >= 0 && u < 1 && v >= 0 && v < 1)) {
    return std::nullopt;
  }
  const auto pixel = static_cast<std::size_t>(v * side) * static_cast<std::size_t>(side) +
                     static_cast<std::size_t>(u * side);
  if (frame.mask[pixel] < 0.5F) {
    return std::nullopt;
  }
  const double x = (u - camera[18]) / camera[16], y = (v - camera[21]) / camera[20];
  const double along = frame.depth[pixel] / std::sqrt(x * x + y * y + 1);
  glm::dvec3 point;
  for (int axis = 0; axis < 3; ++axis) {
    const float* row = camera.data() + static_cast<std::ptrdiff_t>(axis) * 4;
    point[axis] = row[3] + along * (row[0] * x + row[1] * y + row[2]);
  }
  return point;
}

}  // namespace panohead
