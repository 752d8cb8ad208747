// The hand-written tri-grid sampler against the specification's, and against differences.
#include "core/volume/quick_sampler.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/volume/tri_grid_sampler.h"
#include "core/volume/volume_renderer.h"
#include "tests/support/closeness.h"
#include "tests/support/every_simd_level.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

namespace panohead {
namespace {

using test::relativeError;

struct Shape {
  std::int64_t items, size, depth, channels, points;
  ThirdPlane third_plane;
};

class EveryShape : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    at::manual_seed(3);
    const Shape& s = GetParam();
    options_.third_plane = s.third_plane;
    options_.box_warp = 1.3;
    planes_ = at::randn({s.items, 3, s.channels * s.depth, s.size, s.size});
    // A tenth beyond the box, and some in the margin.
    points_ = (at::rand({s.items, s.points, 3}) - 0.5) * 1.3 * 1.1;
    weights_ = at::randn({s.items, s.points, s.channels});
  }

  at::Tensor specification(const at::Tensor& planes, const at::Tensor& points) const {
    return sampleTriGrid(planes, points, GetParam().depth, options_)
        .mean(1)
        .masked_fill(cropMask(points, options_), 0.0);
  }

  VolumeOptions options_;
  at::Tensor planes_, points_, weights_;
};

TEST_P(EveryShape, SamplesAsSpecified) {
  const at::Tensor expected = specification(planes_, points_);
  const at::Tensor packed = packPlanes(planes_, GetParam().depth);
  const at::Tensor uncropped = sampleTriGrid(planes_, points_, GetParam().depth, options_).mean(1);
  test::atEverySimdLevel([&] {
    EXPECT_LT(relativeError(quickSampleTriGrid(packed, points_, options_), expected), 2e-6);
    EXPECT_LT(relativeError(quickSampleTriGrid(packed, points_, options_, false), uncropped), 2e-6);
    // bfloat16 has 8 bits: planes and result are each rounded to half a part in 256 at worst.
    const at::Tensor rounded = quickSampleTriGrid(packed.to(at::kBFloat16), points_, options_);
    EXPECT_EQ(rounded.scalar_type(), at::kBFloat16);
    EXPECT_LT(relativeError(rounded, expected), 3e-3);
  });
}

TEST_P(EveryShape, HasTheSpecifiedGradients) {
  const at::Tensor planes = planes_.clone().requires_grad_(true);
  const at::Tensor points = points_.clone().requires_grad_(true);
  (specification(planes, points) * weights_).sum().backward();
  test::atEverySimdLevel([&] {
    for (const auto& [type, tolerance] : {std::pair(at::kFloat, 5e-6), {at::kBFloat16, 6e-3}}) {
      const at::Tensor quick_planes = planes_.clone().requires_grad_(true);
      const at::Tensor quick_points = points_.clone().requires_grad_(true);
      const at::Tensor packed = packPlanes(quick_planes, GetParam().depth).to(type);
      (quickSampleTriGrid(packed, quick_points, options_).to(at::kFloat) * weights_).sum().backward();
      EXPECT_LT(relativeError(quick_planes.grad(), planes.grad()), tolerance);
      EXPECT_LT(relativeError(quick_points.grad(), points.grad()), tolerance);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         EveryShape,
                         ::testing::Values(Shape{2, 16, 3, 32, 700, ThirdPlane::YZX},
                                           Shape{1, 8, 1, 32, 500, ThirdPlane::ZXY},
                                           Shape{1, 9, 2, 16, 400, ThirdPlane::YZX},
                                           Shape{2, 4, 5, 48, 300, ThirdPlane::ZXY}));

TEST(QuickSampler, PointGradientIsTheSlope) {
  at::manual_seed(4);
  const at::Tensor packed = at::randn({1, 8, 8, 3, 3, 16});
  // Trilinear interpolation has kinks at the sample positions: points well inside the cells.
  const at::Tensor cell = at::randint(1, 6, {1, 40, 3}).to(at::kFloat);
  at::Tensor points = ((cell + 0.3 + at::rand({1, 40, 3}) * 0.4) * 2 + 1) / 8 - 1;
  points.select(2, 1).mul_(0.2);
  VolumeOptions options;
  options.box_warp = 2;
  options.crop = 0;
  const at::Tensor weights = at::randn({1, 40, 16});
  const auto value = [&](const at::Tensor& at_points) {
    return (quickSampleTriGrid(packed, at_points, options) * weights).sum({1, 2});
  };
  points.requires_grad_(true);
  value(points).sum().backward();
  constexpr double kStep = 1e-2;
  const at::NoGradGuard no_grad;
  int compared = 0;
  for (std::int64_t m = 0; m < 40; ++m) {
    for (std::int64_t axis = 0; axis < 3; ++axis) {
      const auto moved = [&](double by) {
        at::Tensor p = points.detach().clone();
        p[0][m][axis] += by;
        return value(p).item<double>();
      };
      const double forward = moved(kStep) - moved(0);
      const double backward = moved(0) - moved(-kStep);
      if (std::abs(forward - backward) > 1e-3) {
        continue;  // a kink of another grid or of the slices lies between
      }
      EXPECT_NEAR(points.grad()[0][m][axis].item<double>(), (forward + backward) / (2 * kStep), 0.05);
      ++compared;
    }
  }
  EXPECT_GT(compared, 80);
}

TEST(QuickSampler, PlaneGradientIsTheSlope) {
  at::manual_seed(5);
  at::Tensor packed = at::randn({1, 4, 4, 3, 2, 16});
  const at::Tensor points = at::rand({1, 60, 3}) - 0.5;
  VolumeOptions options;
  options.crop = 0;
  const at::Tensor weights = at::randn({1, 60, 16});
  packed.requires_grad_(true);
  (quickSampleTriGrid(packed, points, options) * weights).sum().backward();
  const at::NoGradGuard no_grad;
  // Linear in the planes: any step gives the exact slope.
  for (int trial = 0; trial < 5; ++trial) {
    const at::Tensor direction = at::randn(packed.sizes());
    const at::Tensor difference =
        quickSampleTriGrid(packed + direction, points, options) - quickSampleTriGrid(packed, points, options);
    const double slope = (difference * weights).sum().item<double>();
    EXPECT_NEAR((packed.grad() * direction).sum().item<double>(), slope, 1e-3 * std::abs(slope) + 1e-3);
  }
}

TEST(QuickSampler, GivesTheSameBitsForAnyNumberOfThreads) {
  at::manual_seed(6);
  const int before = at::get_num_threads();
  const at::Tensor packed = at::randn({2, 16, 16, 3, 3, 32}).to(at::kBFloat16);
  const at::Tensor points = at::rand({2, 3000, 3}) - 0.5;
  const at::Tensor weights = at::randn({2, 3000, 32}).to(at::kBFloat16);
  std::vector<std::vector<at::Tensor>> results;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    const at::Tensor planes_leaf = packed.clone().requires_grad_(true);
    const at::Tensor points_leaf = points.clone().requires_grad_(true);
    const at::Tensor out = quickSampleTriGrid(planes_leaf, points_leaf, {});
    out.backward(weights);
    results.push_back({out.detach(), planes_leaf.grad(), points_leaf.grad()});
  }
  at::set_num_threads(before);
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(at::equal(results[0][i], results[1][i])) << i;
  }
}

TEST(QuickSampler, TakesPointsFromAnywhere) {
  const at::Tensor packed = at::ones({1, 4, 4, 3, 1, 16});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor points =
      at::tensor({1e30F, 0.0F, 0.0F, 0.0F, -1e30F, 0.0F, nan, 0.0F, 0.0F, 0.0F, nan, 0.0F}).view({1, 4, 3});
  const at::Tensor out = quickSampleTriGrid(packed, points, {}, false);
  EXPECT_EQ(out.slice(1, 2, 3).abs().max().item<float>(), 0);  // not a number in x: nowhere
  EXPECT_TRUE(at::isfinite(out).all().item<bool>());
}

TEST(QuickSampler, RefusesWhatIsNotPacked) {
  const at::Tensor points = at::zeros({1, 4, 3});
  EXPECT_THROW(quickSampleTriGrid(at::zeros({1, 3, 96, 8, 8}), points, {}), Error);
  EXPECT_THROW(quickSampleTriGrid(at::zeros({1, 8, 8, 3, 3, 20}), points, {}), Error);
  EXPECT_THROW(quickSampleTriGrid(at::zeros({1, 8, 8, 3, 3, 32}, at::kDouble), points, {}), Error);
  EXPECT_THROW(quickSampleTriGrid(at::zeros({2, 8, 8, 3, 3, 32}), points, {}), Error);
}

}  // namespace
}  // namespace panohead
