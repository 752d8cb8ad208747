#include "core/base/camera.h"

#include "core/base/error.h"

#include <glm/geometric.hpp>
#include <glm/vec3.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

using std::numbers::pi;

/// The eight poses of the public reference: yaw, pitch (degrees), pivot, radius -> first three rows of
/// the camera-to-world matrix (golden `pose.args` and `pose.c`).
struct GoldenPose {
  std::array<double, 6> arguments;
  std::array<float, 12> matrix;
};

constexpr std::array<GoldenPose, 8> kGoldenPoses{{
    {{0, 0, 0, 0, 0, 2.7}, {1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 2.7F}},
    {{90, 0, 0, 0, 0, 2.7}, {0, 0, -1, 2.7F, 0, -1, 0, 0, -1, 0, 0, 0}},
    {{180, 0, 0, 0, 0, 2.7}, {-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, -2.7F}},
    {{-90, 0, 0, 0, 0.2, 2.7},
     {-0.0738717765F, 0, 0.997267783F, -2.7F, 0, -1, 0, 0, 0.997267783F, 0, 0.0738717765F, 0}},
    {{140, 0, 0, 0, 0, 2.7},
     {-0.766044497F,
      0,
      -0.642787576F,
      1.73552644F,
      0,
      -1,
      0,
      0,
      -0.642787576F,
      0,
      0.766044497F,
      -2.06832027F}},
    {{25, -15, 0, 0, 0.2, 2.7},
     {0.891392589F,
      0.0808422044F,
      -0.445963919F,
      1.12510943F,
      0,
      -0.983963847F,
      -0.178368255F,
      0.450000107F,
      -0.45323202F,
      0.158996135F,
      -0.877098083F,
      2.41280532F}},
    {{-130, 30, 0.1, -0.05, 0.2, 2.1},
     {-0.673407614F,
      0.210625604F,
      0.708631814F,
      -1.51669037F,
      0,
      -0.958554387F,
      0.284909725F,
      -0.700000167F,
      0.739271343F,
      0.191860393F,
      0.645497799F,
      -1.27265477F}},
    {{10, 89.9, 0, 0, 0, 1},
     {0.984807789F,
      -0.173455149F,
      -0.00818373915F,
      0.00818373915F,
      0,
      -0.0471282974F,
      0.99888885F,
      -0.99888885F,
      -0.173648104F,
      -0.983713508F,
      -0.0464123115F,
      0.0464123115F}},
}};

glm::dvec3 column(const CameraLabel& label, std::size_t index) {
  return {label[index], label[4 + index], label[8 + index]};
}

/// Picture coordinates of a world point, (0.5, 0.5) being the centre.
std::array<double, 2> project(const CameraLabel& label, const glm::dvec3& point) {
  const glm::dvec3 offset = point - column(label, 3);
  const double x = glm::dot(offset, column(label, 0));
  const double y = glm::dot(offset, column(label, 1));
  const double z = glm::dot(offset, column(label, 2));
  return {label[16] * x / z + label[18], label[20] * y / z + label[21]};
}

void expectNear(const CameraLabel& actual, const CameraLabel& expected, float tolerance) {
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance) << "element " << i;
  }
}

TEST(Camera, LookAtPoseMeetsTheReference) {
  for (const auto& [arguments, matrix] : kGoldenPoses) {
    const auto& [yaw, pitch, x, y, z, radius] = arguments;
    const CameraLabel label = lookAtPose((90 + yaw) * pi / 180, (90 + pitch) * pi / 180, {x, y, z}, radius);
    for (std::size_t i = 0; i < matrix.size(); ++i) {
      EXPECT_NEAR(label[i], matrix[i], 1e-6) << "yaw " << yaw << ", element " << i;
    }
    const std::array<float, 13> rest{0, 0, 0, 1, 4.2647F, 0, 0.5F, 0, 4.2647F, 0.5F, 0, 0, 1};
    EXPECT_TRUE(std::equal(rest.begin(), rest.end(), label.begin() + 12));
  }
}

TEST(Camera, FocalLengthHasTheConstantsOfThePublishedScripts) {
  EXPECT_FLOAT_EQ(static_cast<float>(focalFromFov(18)), 4.4651747F);
  EXPECT_FLOAT_EQ(static_cast<float>(focalFromFov(18.837)), 4.263391F);
  EXPECT_FLOAT_EQ(static_cast<float>(focalFromFov(30)), 2.6393592F);
  EXPECT_NEAR(fovFromFocal(focalFromFov(41)), 41, 1e-12);
  EXPECT_FLOAT_EQ(static_cast<float>(focalFromFov(kHeadFovDegrees)), Intrinsics{}.fx);
}

TEST(Camera, ImpossibleFieldOfViewIsRefused) {
  for (const double fov : {0.0, -5.0, 180.0, std::nan("")}) {
    EXPECT_THROW(focalFromFov(fov), OptionError);
  }
}

TEST(Camera, OrbitLabelEqualsLookAtPoseAtTheSamePlace) {
  for (const double yaw : {-170.0, -45.0, 0.0, 20.0, 90.0, 180.0}) {
    for (const double pitch : {-60.0, -10.0, 0.0, 35.0, 80.0}) {
      const double v = pi / 2 * (1 - std::sin(pitch * pi / 180));  // polar angle acos(1 - 2v/pi) = 90 - pitch
      expectNear(orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch}),
                 lookAtPose((90 + yaw) * pi / 180, v, {0, 0, 0}, kHeadCameraRadius),
                 1e-6F);
    }
  }
}

TEST(Camera, PositivePitchLooksFromAboveAndYaw90FromTheHeadsLeft) {
  EXPECT_NEAR(orbitLabel({.pitch_degrees = 30})[7], kHeadCameraRadius / 2, 1e-6);
  EXPECT_NEAR(orbitLabel({.yaw_degrees = 90})[3], kHeadCameraRadius, 1e-6);
}

TEST(Camera, RollTurnsThePictureClockwise) {
  const CameraLabel label = orbitLabel({.roll_degrees = 90});
  const auto [x, y] = project(label, {0, 0.1, 0});  // what was above the centre is now right of it
  EXPECT_GT(x, 0.6);
  EXPECT_NEAR(y, 0.5, 1e-6);
}

TEST(Camera, OrbitMovesWithItsPivotWhichStaysInTheCentre) {
  const glm::dvec3 pivot(0.3, -0.2, 0.1);
  const OrbitView view{.yaw_degrees = 50, .pitch_degrees = 20, .roll_degrees = 10, .pivot = pivot};
  const CameraLabel label = orbitLabel(view);
  const auto [x, y] = project(label, pivot);
  EXPECT_NEAR(x, 0.5, 1e-6);
  EXPECT_NEAR(y, 0.5, 1e-6);
  EXPECT_NEAR(glm::length(column(label, 3) - pivot), kHeadCameraRadius, 1e-6);
}

TEST(Camera, AxesStayFiniteStraightAbove) {
  for (const float value : orbitLabel({.pitch_degrees = 120})) {
    EXPECT_TRUE(std::isfinite(value));
  }
}

}  // namespace
}  // namespace panohead
