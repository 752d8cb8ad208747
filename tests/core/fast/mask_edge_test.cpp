// The alpha of cut-out heads: an edge that is even and narrow where the mask of the volume is coarse.
#include "core/fast/mask_edge.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace panohead {
namespace {

constexpr int kRaw = 64, kPicture = 512;
constexpr double kScale = double{kPicture} / kRaw;
constexpr double kRadius = 20.3, kCentre = kRaw / 2 + 0.13;  // raw pixels

/// A disc as rays see one, its edge a raw pixel wide.
at::Tensor disc() {
  at::Tensor mask = at::zeros({1, 1, kRaw, kRaw});
  auto pixel = mask.accessor<float, 4>();
  for (int y = 0; y < kRaw; ++y) {
    for (int x = 0; x < kRaw; ++x) {
      const double beyond = std::hypot(x + 0.5 - kCentre, y + 0.5 - kCentre) - kRadius;
      pixel[0][0][y][x] = static_cast<float>(std::clamp(0.5 - beyond, 0.0, 1.0));
    }
  }
  return mask;
}

struct Edge {
  double unevenness = 0;  // standard deviation of the contour at one half, pixels of the picture
  double width = 0;       // from nine to one tenth, mean
};

Edge edgeOf(const at::Tensor& alpha) {
  const auto pixel = alpha.accessor<float, 4>();
  const auto at = [&](double x, double y) {
    const int i = static_cast<int>(x - 0.5), j = static_cast<int>(y - 0.5);
    const double u = x - 0.5 - i, v = y - 0.5 - j;
    return (1 - v) * ((1 - u) * pixel[0][0][j][i] + u * pixel[0][0][j][i + 1]) +
           v * ((1 - u) * pixel[0][0][j + 1][i] + u * pixel[0][0][j + 1][i + 1]);
  };
  constexpr double kStep = 0.125;
  std::vector<double> contour;
  Edge edge;
  constexpr int kRays = 720;
  for (int ray = 0; ray < kRays; ++ray) {
    const double angle = 2 * std::numbers::pi * ray / kRays;
    const auto crossing = [&](double level) {
      double r = kRadius * kScale - 30;
      while (at(kCentre * kScale + r * std::cos(angle), kCentre * kScale + r * std::sin(angle)) > level) {
        r += kStep;
      }
      return r;
    };
    contour.push_back(crossing(0.5) - kRadius * kScale);
    edge.width += (crossing(0.1) - crossing(0.9)) / kRays;
  }
  double mean = 0;
  for (const double r : contour) {
    mean += r / kRays;
  }
  for (const double r : contour) {
    edge.unevenness += (r - mean) * (r - mean) / kRays;
  }
  edge.unevenness = std::sqrt(edge.unevenness);
  EXPECT_NEAR(mean, 0, 0.5) << "the head grows or shrinks";
  return edge;
}

TEST(MaskEdge, IsEvenerAndNarrowerThanLinearInterpolation) {
  const Edge linear = edgeOf(nn::resizeBilinear(disc(), kPicture, kPicture, false));
  const Edge edge = edgeOf(alphaOfMask(disc(), kPicture, kPicture));
  std::printf("[ MEASURED ] contour uneven by %.2f px (linear %.2f), %.1f px wide (linear %.1f)\n",
              edge.unevenness,
              linear.unevenness,
              edge.width,
              linear.width);
  EXPECT_LT(edge.unevenness, 0.7 * linear.unevenness);
  EXPECT_LT(edge.width, 0.7 * linear.width);
}

TEST(MaskEdge, LeavesWhatIsFullAndEmpty) {
  at::Tensor mask = at::zeros({1, 1, 16, 16});
  mask.narrow(3, 8, 8).fill_(1);
  const at::Tensor alpha = alphaOfMask(mask, 48, 80);
  EXPECT_EQ(alpha.sizes(), at::IntArrayRef({1, 1, 48, 80}));
  EXPECT_EQ(alpha.narrow(3, 0, 30).abs().max().item<float>(), 0);
  EXPECT_EQ(alpha.narrow(3, 50, 30).min().item<float>(), 1);
  EXPECT_TRUE(alphaOfMask(mask, 16, 16).equal(mask)) << "nothing is to be enlarged";
}

}  // namespace
}  // namespace panohead
