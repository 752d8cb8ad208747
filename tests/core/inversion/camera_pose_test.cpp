#include "core/inversion/camera_pose.h"

#include "core/tensor/prelude.h"
#include "tests/support/camera_tensor.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

at::Tensor offsets(std::vector<double> numbers) { return at::tensor(numbers, at::kFloat).unsqueeze(0); }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(CameraPose, NoOffsetIsTheSameCamera) {
  const at::Tensor label = test::labelOf({.yaw_degrees = 130, .pitch_degrees = -20, .roll_degrees = 7});
  EXPECT_LT(difference(refinedLabels(label, at::zeros({1, 6}), {}), label), 1e-6);
}

TEST(CameraPose, TurnsAreThoseOfAnOrbit) {
  const CameraFreedom degrees{1, 1, 1};
  const OrbitView start{.yaw_degrees = 30, .pitch_degrees = 10};
  OrbitView turned = start;
  turned.yaw_degrees += 5;
  EXPECT_LT(difference(refinedLabels(test::labelOf(start), offsets({5, 0, 0, 0, 0, 0}), degrees),
                       test::labelOf(turned)),
            1e-5);
  turned = start;
  turned.pitch_degrees -= 4;  // the camera's right axis lifts its back
  EXPECT_LT(difference(refinedLabels(test::labelOf(start), offsets({0, 4, 0, 0, 0, 0}), degrees),
                       test::labelOf(turned)),
            1e-5);
  turned = start;
  turned.roll_degrees += 3;
  EXPECT_LT(difference(refinedLabels(test::labelOf(start), offsets({0, 0, 3, 0, 0, 0}), degrees),
                       test::labelOf(turned)),
            1e-5);
}

TEST(CameraPose, CropMovesPrincipalPointAndFocalLength) {
  const at::Tensor label = test::labelOf({});
  const at::Tensor moved = refinedLabels(label, offsets({0, 0, 0, 2, -1, 0.5}), {3, 0.01, 0.02});
  EXPECT_LT(difference(moved.slice(1, 0, 16), label.slice(1, 0, 16)), 1e-6);
  const auto entry = [&](const at::Tensor& t, int i) { return t[0][i].item<double>(); };
  EXPECT_NEAR(entry(moved, 18) - entry(label, 18), 0.02, 1e-6);
  EXPECT_NEAR(entry(moved, 21) - entry(label, 21), -0.01, 1e-6);
  EXPECT_NEAR(entry(moved, 16) / entry(label, 16), std::exp(0.01), 1e-6);
  EXPECT_NEAR(entry(moved, 20) / entry(label, 20), std::exp(0.01), 1e-6);
}

TEST(CameraPose, GradientAgreesWithFiniteDifferences) {
  const CameraFreedom freedom{3, 0.01, 0.02};
  const at::Tensor labels =
      at::cat({test::labelOf({.yaw_degrees = 40, .pitch_degrees = 15}),
               test::labelOf({.yaw_degrees = -120, .pitch_degrees = -5, .roll_degrees = 4})})
          .to(at::kDouble);
  at::manual_seed(5);
  const at::Tensor weights = at::randn({2, 25}, at::kDouble);
  const at::Tensor at_point = at::randn({2, 6}, at::kDouble);
  const auto value = [&](const at::Tensor& x) { return (refinedLabels(labels, x, freedom) * weights).sum(); };
  at::Tensor x = at_point.clone().requires_grad_(true);
  value(x).backward();
  constexpr double kStep = 1e-5;
  double worst = 0;
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 6; ++j) {
      at::Tensor forward = at_point.clone();
      at::Tensor backward = at_point.clone();
      forward[i][j].add_(kStep);
      backward[i][j].sub_(kStep);
      const double numeric = (value(forward) - value(backward)).item<double>() / (2 * kStep);
      worst = std::max(worst, std::abs(numeric - x.grad()[i][j].item<double>()));
    }
  }
  EXPECT_LT(worst, 1e-8);
}

}  // namespace
}  // namespace panohead
