#include "core/tensor/prelude.h"
#include "core/training/warmup/row_adam.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

TEST(Adam, MovesAsThePaperSays) {
  at::Tensor x = at::full({3}, 1.0).requires_grad_(true);
  Adam adam({{"x", x}}, {.beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8});
  double m = 0;
  double v = 0;
  double expected = 1;
  for (int t = 1; t <= 5; ++t) {
    const double gradient = 0.5 * t;
    x.mutable_grad() = at::full({3}, gradient);
    adam.step(0.1);
    m = 0.9 * m + 0.1 * gradient;
    v = 0.99 * v + 0.01 * gradient * gradient;
    expected -= 0.1 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.99, t))) + 1e-8);
    EXPECT_NEAR(x[1].item<double>(), expected, 1e-5) << t;
  }
}

TEST(Adam, FollowsGradientsInAnyMemoryOrder) {
  at::Tensor plain = at::zeros({2, 3, 2, 2}).requires_grad_(true);
  at::Tensor other = at::zeros({2, 3, 2, 2}).requires_grad_(true);
  const at::Tensor gradient = at::arange(24, at::kFloat).view({2, 3, 2, 2}) - 11.5;
  plain.mutable_grad() = gradient;
  other.mutable_grad() = gradient.contiguous(at::MemoryFormat::ChannelsLast);
  Adam({{"x", plain}}, {}).step(0.1);
  Adam({{"x", other}}, {}).step(0.1);
  EXPECT_TRUE(at::equal(plain, other));
}

TEST(Adam, LeavesParametersWithoutGradientAlone) {
  at::Tensor x = at::ones({2});
  at::Tensor y = at::ones({2}).requires_grad_(true);
  Adam adam({{"x", x}, {"y", y}}, {});
  y.mutable_grad() = at::ones({2});
  adam.step(0.1, {1.0, 0.5});
  EXPECT_TRUE(at::equal(x, at::ones({2})));
  EXPECT_NEAR(y[0].item<double>(), 0.95, 1e-6);
  adam.clearGradients();
  EXPECT_FALSE(y.grad().defined());
}

TEST(RowAdam, MovesOnlyTheRowsOfTheBatchEachWithItsOwnCount) {
  at::Tensor table = at::zeros({3, 2});
  RowAdam adam(table, {.beta1 = 0.8, .beta2 = 0.95});
  adam.step(at::tensor({2}, at::kLong), at::full({1, 2}, 4.0), 0.1);
  EXPECT_TRUE(at::equal(table.narrow(0, 0, 2), at::zeros({2, 2})));
  EXPECT_NEAR(table[2][0].item<double>(), -0.1, 1e-6)
      << "a first step is the rate, whatever the gradient's size";
  adam.step(at::tensor({0, 2}, at::kLong), at::tensor({-1.0F, -1.0F, 4.0F, 4.0F}).view({2, 2}), 0.1);
  EXPECT_NEAR(table[0][0].item<double>(), 0.1, 1e-6);
  EXPECT_NEAR(table[2][0].item<double>(), -0.2, 1e-5);
}

}  // namespace
}  // namespace panohead
