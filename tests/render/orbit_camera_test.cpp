#include "render/orbit_camera.h"

#include <glm/geometric.hpp>
#include <glm/vec2.hpp>
#include <glm/vec3.hpp>
#include <gtest/gtest.h>

namespace panohead::render {
namespace {

/// Where a point of the world appears: fractions of the picture from its left and top edge.
glm::dvec2 project(const OrbitView& view, const glm::dvec3& point) {
  const CameraLabel label = orbitLabel(view);
  const auto column = [&label](int c) { return glm::dvec3(label[c], label[4 + c], label[8 + c]); };
  const glm::dvec3 from_camera = point - column(3);
  const double depth = glm::dot(from_camera, column(2));
  return {label[16] * glm::dot(from_camera, column(0)) / depth + label[18],
          label[20] * glm::dot(from_camera, column(1)) / depth + label[21]};
}

TEST(OrbitCamera, StartsInFrontOfTheHead) {
  const OrbitCamera camera;
  EXPECT_EQ(camera.view().yaw_degrees, 0);
  EXPECT_EQ(camera.view().pitch_degrees, 0);
  EXPECT_EQ(camera.view().radius, kHeadCameraRadius);
}

TEST(OrbitCamera, FrontOfTheHeadFollowsTheMouse) {
  OrbitCamera camera;
  const glm::dvec3 nose{0, 0, 0.3};
  camera.orbit(0.1, 0);
  EXPECT_GT(project(camera.view(), nose).x, 0.51);
  camera.reset();
  camera.orbit(0, 0.1);
  EXPECT_GT(project(camera.view(), nose).y, 0.51);
}

TEST(OrbitCamera, YawIsFreeAndPitchStopsBeforeThePoles) {
  OrbitCamera camera;
  for (int i = 0; i < 40; ++i) {
    camera.orbit(0.1, 0.1);
  }
  EXPECT_GE(camera.view().yaw_degrees, -180);
  EXPECT_LE(camera.view().yaw_degrees, 180);
  EXPECT_EQ(camera.view().pitch_degrees, 89);
  const double yaw = camera.view().yaw_degrees;
  for (int i = 0; i < 20; ++i) {
    camera.orbit(0.1, 0);
  }
  EXPECT_NEAR(std::remainder(camera.view().yaw_degrees - yaw, 360), 0, 1e-9)
      << "two widths are one full turn";
}

TEST(OrbitCamera, PanKeepsThePointUnderTheMouse) {
  for (const double yaw : {0.0, 70.0, 200.0}) {
    OrbitCamera camera;
    camera.orbit(-yaw / 180, 0.15);
    camera.pan(0.06, -0.04);
    const glm::dvec2 centre = project(camera.view(), glm::dvec3(0));
    EXPECT_NEAR(centre.x, 0.56, 1e-3) << "at yaw " << yaw;
    EXPECT_NEAR(centre.y, 0.46, 1e-3) << "at yaw " << yaw;
  }
}

TEST(OrbitCamera, PanKeepsThePivotInTheBox) {
  OrbitCamera camera;
  for (int i = 0; i < 100; ++i) {
    camera.pan(-0.5, 0.5);
  }
  EXPECT_LE(camera.view().pivot.x, 0.4);
  EXPECT_LE(camera.view().pivot.y, 0.4);
}

TEST(OrbitCamera, DollyEnlargesTheHeadWithinLimits) {
  const glm::dvec3 ear{0.3, 0, 0};
  OrbitCamera camera;
  const double before = project(camera.view(), ear).x;
  camera.dolly(1);
  EXPECT_GT(project(camera.view(), ear).x, before);
  EXPECT_LT(camera.view().radius, kHeadCameraRadius);
  EXPECT_EQ(camera.view().fov_degrees, kHeadFovDegrees);
  camera.dolly(1000);
  EXPECT_EQ(camera.view().radius, OrbitCamera::kMinRadius);
  camera.dolly(-5000);
  EXPECT_EQ(camera.view().radius, OrbitCamera::kMaxRadius);
}

TEST(OrbitCamera, SnapsLookFromWhereTheirNamesSay) {
  const auto origin = [](Snap snap) {
    OrbitCamera camera;
    camera.orbit(0.3, 0.2);
    camera.snap(snap);
    const CameraLabel label = orbitLabel(camera.view());
    return glm::dvec3(label[3], label[7], label[11]) / kHeadCameraRadius;
  };
  EXPECT_GT(origin(Snap::Front).z, 0.99);
  EXPECT_LT(origin(Snap::Back).z, -0.99);
  EXPECT_GT(origin(Snap::Left).x, 0.99);
  EXPECT_LT(origin(Snap::Right).x, -0.99);
  EXPECT_GT(origin(Snap::Top).y, 0.99);
  EXPECT_LT(origin(Snap::Bottom).y, -0.99);
}

TEST(OrbitCamera, ResetForgetsEverything) {
  OrbitCamera camera;
  camera.orbit(0.3, 0.2);
  camera.pan(0.1, 0.1);
  camera.dolly(2);
  camera.setFov(30);
  camera.reset();
  EXPECT_EQ(orbitLabel(camera.view()), orbitLabel({}));
}

}  // namespace
}  // namespace panohead::render
