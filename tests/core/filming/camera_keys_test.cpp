#include "core/filming/camera_keys.h"

#include "core/base/error.h"
#include "core/filming/shot_film.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

CameraSet setOf(const KeyFrames& path, double fps) {
  CameraSet set{fps, 256, 256, {}};
  const Shots shots = shotsOf(path, fps);
  for (int i = 0; i < shots.count; ++i) {
    set.frames.push_back(shots.at(i).camera);
  }
  return set;
}

/// The greatest difference of a number of two cameras.
double farthest(const CameraLabel& a, const CameraLabel& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(double{a[i]} - b[i]));
  }
  return most;
}

TEST(CameraKeys, LabelsAreOrbitViewsAgain) {
  for (const OrbitView& view :
       {OrbitView{},
        OrbitView{
            .yaw_degrees = 170, .pitch_degrees = -60, .roll_degrees = 25, .radius = 3.5, .fov_degrees = 30},
        OrbitView{.yaw_degrees = -95, .pitch_degrees = 20, .pivot = {0.1, -0.2, 0.05}},
        OrbitView{.yaw_degrees = 40, .pitch_degrees = 89.9},
        OrbitView{.yaw_degrees = 10, .radius = 2.7, .pivot = {0, 0, 4}}}) {  // the head is behind it
    EXPECT_LT(farthest(orbitLabel(orbitOfLabel(orbitLabel(view))), orbitLabel(view)), 1e-4)
        << view.yaw_degrees;
  }
  const OrbitView back = orbitOfLabel(orbitLabel({.yaw_degrees = -35, .pitch_degrees = 12}));
  EXPECT_NEAR(back.yaw_degrees, -35, 1e-4);
  EXPECT_NEAR(back.pitch_degrees, 12, 1e-4);
  EXPECT_NEAR(back.roll_degrees, 0, 1e-4);
  EXPECT_NEAR(back.radius, kHeadCameraRadius, 1e-5);
  EXPECT_NEAR(back.fov_degrees, kHeadFovDegrees, 1e-4);
  EXPECT_EQ(back.pivot, glm::dvec3(0));
}

TEST(CameraKeys, AFilmsCamerasComeBackAsAFewKeyFrames) {
  KeyFrames path;
  path.set({0, {.yaw_degrees = -20}, {}});
  path.set({1, {.yaw_degrees = 150, .pitch_degrees = 20, .roll_degrees = 5}, {}});
  path.set({2.5, {.yaw_degrees = 400, .pitch_degrees = -10, .radius = 3.2, .fov_degrees = 24}, {}});
  const CameraSet set = setOf(path, 24);
  SilentContext context;
  const KeyFrames back = keyFramesOf(set, {.seed = 7}, context);
  EXPECT_LT(back.frames().size(), 16U) << "of " << set.frames.size();
  EXPECT_NEAR(back.duration(), 2.5, 1e-9);
  EXPECT_NEAR(back.frames().back().camera.yaw_degrees, 400, 1e-3) << "the turn was unwound";
  EXPECT_EQ(back.frames().front().head.seed, 7U);
  const Shots shots = shotsOf(back, 24);
  ASSERT_EQ(shots.count, static_cast<int>(set.frames.size()));
  for (int i = 0; i < shots.count; ++i) {
    EXPECT_LT(farthest(shots.at(i).camera, set.frames[static_cast<std::size_t>(i)]), 0.05) << i;
  }
}

TEST(CameraKeys, ViewsThatJumpAreAllKeptAndOneIsAPicture) {
  CameraSet set{10, 256, 256, {}};
  SilentContext context;
  EXPECT_THROW(keyFramesOf(set, {}, context), OptionError);
  for (int i = 0; i < 20; ++i) {
    set.frames.push_back(orbitLabel({.yaw_degrees = i * 137.5, .pitch_degrees = (i * 53) % 90 - 45.0}));
  }
  const KeyFrames path = keyFramesOf(set, {}, context);
  EXPECT_GE(path.frames().size(), 18U);
  for (int i = 0; i < 20; ++i) {
    const CameraLabel camera = orbitLabel(path.at(i / 10.0).camera);
    EXPECT_LT(farthest(camera, set.frames[static_cast<std::size_t>(i)]), 0.05) << i;
  }
  set.frames.resize(1);
  EXPECT_EQ(keyFramesOf(set, {}, context).frames().size(), 1U);
  set.frames.resize(10'001, set.frames.front());
  EXPECT_THROW(keyFramesOf(set, {}, context), OptionError);
}

}  // namespace
}  // namespace panohead
