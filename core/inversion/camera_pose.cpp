#include "core/inversion/camera_pose.h"

#include "core/tensor/prelude.h"

#include <numbers>

namespace panohead {

namespace {

/// Rotation matrices about coordinate axis 0, 1 or 2. @param angle [N] radians @return [N, 3, 3]
at::Tensor turn(const at::Tensor& angle, int axis) {
  const at::Tensor c = angle.cos();
  const at::Tensor s = angle.sin();
  const at::Tensor zero = at::zeros_like(angle);
  const at::Tensor one = at::ones_like(angle);
  std::vector<at::Tensor> m;
  switch (axis) {
    case 0:
      m = {one, zero, zero, zero, c, -s, zero, s, c};
      break;
    case 1:
      m = {c, zero, s, zero, one, zero, -s, zero, c};
      break;
    default:
      m = {c, -s, zero, s, c, zero, zero, zero, one};
  }
  return at::stack(m, 1).view({-1, 3, 3});
}

}  // namespace

at::Tensor refinedLabels(const at::Tensor& labels, const at::Tensor& offsets, const CameraFreedom& freedom) {
  const double radians = freedom.degrees * std::numbers::pi / 180;
  const at::Tensor pose = labels.slice(1, 0, 16).view({-1, 4, 4});
  const at::Tensor rotation = pose.slice(1, 0, 3).slice(2, 0, 3);
  const at::Tensor place = pose.slice(1, 0, 3).slice(2, 3, 4);  // [N, 3, 1]
  const at::Tensor pitched = at::matmul(rotation, turn(offsets.select(1, 1) * radians, 0));
  const at::Tensor yaw = turn(offsets.select(1, 0) * radians, 1);
  const at::Tensor axes = at::matmul(at::matmul(yaw, pitched), turn(offsets.select(1, 2) * -radians, 2));
  const at::Tensor moved = at::matmul(at::matmul(yaw, pitched), at::matmul(rotation.transpose(1, 2), place));
  const at::Tensor rows = at::cat({at::cat({axes, moved}, 2), pose.slice(1, 3)}, 1);

  std::vector<at::Tensor> k = labels.slice(1, 16, 25).unbind(1);
  const at::Tensor zoom = (offsets.select(1, 5) * freedom.scale).exp();
  k[0] = k[0] * zoom;
  k[1] = k[1] * zoom;
  k[4] = k[4] * zoom;
  k[2] = k[2] + offsets.select(1, 3) * freedom.shift;
  k[5] = k[5] + offsets.select(1, 4) * freedom.shift;
  return at::cat({rows.flatten(1), at::stack(k, 1)}, 1);
}

}  // namespace panohead
