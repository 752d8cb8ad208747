// Camera conventions against the public reference's single operations.
#include "core/base/camera.h"
#include "core/base/camera_label.h"
#include "core/tensor/prelude.h"
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace panohead {
namespace {

CameraLabel labelAt(const at::Tensor& labels, std::int64_t row) {
  CameraLabel label;
  std::copy_n(labels[row].contiguous().const_data_ptr<float>(), label.size(), label.begin());
  return label;
}

TEST(CameraLabel, AnglesMirrorAndFocalMatchReference) {
  const test::Golden ops(test::dataFile("ops.golden.safetensors"));
  test::Parity parity(ops, "camera labels");
  const at::Tensor labels = ops["poseangle.c"];
  const std::int64_t count = labels.size(0);
  at::Tensor angles = at::empty({count, 3});
  at::Tensor mirrored = at::empty({count, 25});
  at::Tensor mirrored_angles = at::empty({count, 3});
  const auto row = [](const PoseAngles& a) { return at::tensor({a.yaw, a.pitch, a.roll}); };
  for (std::int64_t i = 0; i < count; ++i) {
    const CameraLabel mirror = mirrorLabel(labelAt(labels, i));
    angles[i] = row(publishedPoseAngles(labelAt(labels, i)));
    mirrored[i] = at::tensor(at::ArrayRef<float>(mirror.data(), mirror.size()));
    mirrored_angles[i] = row(publishedPoseAngles(mirror));
  }
  parity.expect("poseangle.yaw_pitch_roll_deg", angles);
  parity.expect("mirror.c", mirrored);
  parity.expect("mirror.yaw_pitch_roll_deg", mirrored_angles);
  const at::Tensor fov = ops["fov.args"];
  at::Tensor focal = at::empty({3});
  for (int i = 0; i < 3; ++i) {
    focal[i] = focalFromFov(fov[i].item<float>());
  }
  parity.expect("fov.focal", focal);
}

}  // namespace
}  // namespace panohead
