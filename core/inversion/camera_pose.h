#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace panohead {

/// One deviation of what alignment may have got wrong of a camera.
struct CameraFreedom {
  double degrees = 3;   // yaw, pitch, roll
  double shift = 0.01;  // of the crop, picture sides
  double scale = 0.02;  // of the crop, relative
};

/// Numbers of a camera that are refined: yaw, pitch, roll, crop's x, y, and size.
inline constexpr std::int64_t kCameraNumbers = 6;

/// Labels with their pose turned and their crop moved, differentiable. Yaw turns the camera around the
/// world's y axis, pitch around its own right axis through the world's origin, roll around its line of sight;
/// x, y and size of the crop are moves of the principal point and of the focal length: nothing is cut out
/// anew.
/// @param labels [N, 25]  @param offsets [N, 6] in deviations; zeros: the same labels  @return [N, 25]
at::Tensor refinedLabels(const at::Tensor& labels, const at::Tensor& offsets, const CameraFreedom& freedom);

}  // namespace panohead
