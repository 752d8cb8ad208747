#include "core/doctor/depth_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace panohead::doctor {
namespace {

constexpr int kSize = 64;
constexpr float kFar = 3.2F;

/// A ball of `radius` pixels whose surface bulges towards the camera.
DepthView ball(double radius) {
  DepthView view{kSize, std::vector<float>(kSize * kSize, 0), std::vector<float>(kSize * kSize, kFar)};
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      const double square =
          (std::pow(x + 0.5 - kSize / 2, 2) + std::pow(y + 0.5 - kSize / 2, 2)) / (radius * radius);
      if (square < 1) {
        view.mask[static_cast<std::size_t>(y * kSize + x)] = 1;
        view.depth[static_cast<std::size_t>(y * kSize + x)] =
            static_cast<float>(2.7 - 0.25 * std::sqrt(1 - square));
      }
    }
  }
  return view;
}

void fill(std::vector<float>& image, int left, int top, int width, int height, float value) {
  for (int y = top; y < top + height; ++y) {
    std::fill_n(image.begin() + y * kSize + left, width, value);
  }
}

TEST(DepthView, BallHasNoPitNothingBesideItAndItsOwnWidth) {
  const DepthView view = ball(20);
  EXPECT_EQ(pitShare(view), 0);
  EXPECT_EQ(besideShare(view), 0);
  EXPECT_NEAR(skullWidth(view, 40), 20 * 1.85, 2);  // mean chord between 15 % and 80 % of the height
}

TEST(DepthView, WindowsAndDentsArePitsButNotchesAreNot) {
  const auto pixels = static_cast<double>(std::ranges::count(ball(20).mask, 1.0F));
  DepthView through = ball(20);
  fill(through.mask, 30, 30, 4, 4, 0);
  EXPECT_DOUBLE_EQ(pitShare(through), 16 / pixels);
  DepthView dent = ball(20);
  fill(dent.depth, 30, 30, 4, 4, 2.65F);  // the surface is at 2.45
  EXPECT_DOUBLE_EQ(pitShare(dent), 16 / pixels);
  DepthView shallow = ball(20);
  fill(shallow.depth, 30, 30, 4, 4, 2.48F);  // an eye
  EXPECT_EQ(pitShare(shallow), 0);
  DepthView notch = ball(20);
  fill(notch.mask, 30, 0, 4, 30, 0);  // open to the outside
  EXPECT_EQ(pitShare(notch), 0);
}

TEST(DepthView, PiecesBesideTheHeadCountByTheirSizeAndWeight) {
  DepthView view = ball(20);
  fill(view.mask, 1, 1, 4, 4, 1);
  EXPECT_NEAR(besideShare(view), 16 / (3.14159 * 400), 1e-3);
  fill(view.mask, 1, 1, 4, 4, 0.25F);  // fog
  EXPECT_NEAR(besideShare(view), 4 / (3.14159 * 400), 1e-3);
  DepthView hair = ball(20);
  fill(hair.mask, 51, 32, 3, 1, 0.3F);  // soft, at the edge
  EXPECT_EQ(besideShare(hair), 0);
}

TEST(DepthView, EmptyViewsMeasureNothing) {
  const DepthView empty{8, std::vector<float>(64, 0), std::vector<float>(64, kFar)};
  EXPECT_EQ(pitShare(empty), 0);
  EXPECT_EQ(besideShare(empty), 0);
  EXPECT_EQ(skullWidth(empty, 6), 0);
  EXPECT_EQ(std::ranges::count(mainPiece(empty), 1), 0);
}

}  // namespace
}  // namespace panohead::doctor
