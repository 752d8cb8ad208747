#include "core/dataset/pose_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

CameraLabel at(double yaw, double pitch) { return orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch}); }

TEST(PoseHistogram, CountsEveryCameraInItsBin) {
  PoseHistogram histogram;
  histogram.add(at(-177, -22));
  histogram.add(at(2, 1));
  histogram.add(at(3, 2));
  histogram.add(at(180, 89));
  EXPECT_EQ(histogram.total(), 4);
  EXPECT_EQ(histogram.count(0, 13), 1);   // -180 .. -175, -25 .. -20
  EXPECT_EQ(histogram.count(36, 18), 2);  // 0 .. 5, 0 .. 5
  EXPECT_EQ(histogram.count(71, 35), 1);  // 175 .. 180, 85 .. 90
  EXPECT_EQ(histogram.yawCount(0, 30), 2);
  EXPECT_EQ(histogram.yawCount(-180, 360), 4);
  EXPECT_EQ(histogram.pitchCount(-90, 90), 1);
  EXPECT_EQ(histogram.pitchCount(0, 15), 2);
}

TEST(PoseHistogram, BackBeginsAtNinetyDegreesAndIsBalancedByRepeating) {
  PoseHistogram histogram;
  EXPECT_EQ(histogram.balancingRepeat(), 0);
  for (int i = 0; i < 7; ++i) {
    histogram.add(at(-89.9 + 10 * i, 0));
  }
  EXPECT_EQ(histogram.balancingRepeat(), 0);  // nothing to repeat
  histogram.add(at(90.001, 0));
  histogram.add(at(-91, 0));
  EXPECT_EQ(histogram.front(), 7);
  EXPECT_EQ(histogram.back(), 2);
  EXPECT_EQ(histogram.balancingRepeat(), 4);  // 8 to 7
  for (int i = 0; i < 20; ++i) {
    histogram.add(at(180, 0));
  }
  EXPECT_EQ(histogram.balancingRepeat(), 1);
}

TEST(PoseHistogram, PictureIsBrightestWhereMostCamerasAre) {
  PoseHistogram histogram;
  const Image empty = drawPoseHistogram(histogram);
  for (int i = 0; i < 100; ++i) {
    histogram.add(at(42, 12));
  }
  histogram.add(at(-118, -33));
  const Image image = drawPoseHistogram(histogram);
  ASSERT_EQ(image.width, empty.width);
  // Yaw 40 .. 45 is bin 44 and pitch 10 .. 15 bin 20 of the map, whose corner is at (70, 110), cells of 10.
  const auto brightness = [](const Image& picture, int yaw_bin, int pitch_bin) {
    const std::uint8_t* pixel = picture.row(110 + (35 - pitch_bin) * 10 + 4) + 3 * (70 + yaw_bin * 10 + 4);
    return pixel[0] + pixel[1] + pixel[2];
  };
  EXPECT_GT(brightness(image, 44, 20), 500);
  EXPECT_GT(brightness(image, 12, 11), brightness(empty, 12, 11));
  EXPECT_LT(brightness(image, 12, 11), brightness(image, 44, 20));
  EXPECT_EQ(brightness(image, 0, 0), brightness(empty, 0, 0));
}

}  // namespace
}  // namespace panohead
