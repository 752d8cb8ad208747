// Handles of the face that were moved by hand: the pose follows.
#include "core/vision/face_handles.h"

#include "core/jobs/job.h"
#include "core/vision/photo_alignment.h"
#include "tests/core/vision/vision_golden.h"

#include <gtest/gtest.h>

#include <chrono>

namespace panohead {
namespace {

constexpr HeadPose kFound{-5, 4, {310, 250, 240, 2}};

class FaceHandlesTest : public testing::Test {
 protected:
  /// A handle of `points` put where it is in `truth`.
  static FacePoints placed(FacePoints points, const FacePoints& truth, std::size_t handle) {
    const auto i = static_cast<std::size_t>(kFaceHandles[handle]);
    points[i] = truth[i];
    return points;
  }

  static void expectPose(const std::optional<HeadPose>& pose, const HeadPose& expected) {
    ASSERT_TRUE(pose);
    EXPECT_NEAR(pose->yaw, expected.yaw, 0.1);
    EXPECT_NEAR(pose->pitch, expected.pitch, 0.1);
    EXPECT_NEAR(pose->square.roll_degrees, expected.square.roll_degrees, 0.1);
    EXPECT_NEAR(pose->square.x, expected.square.x, 0.002 * expected.square.side);
    EXPECT_NEAR(pose->square.y, expected.square.y, 0.002 * expected.square.side);
    EXPECT_NEAR(pose->square.side, expected.square.side, 0.002 * expected.square.side);
  }

  VisionNetworks networks_;
};

TEST_F(FaceHandlesTest, HandlesOfAnotherPoseGiveThatPose) {
  const FaceAsFound found{kFound, facePointsAt(networks_, kFound)};
  expectPose(poseOfHandles(networks_, found, found.points), kFound);
  for (const HeadPose& truth : {HeadPose{25, -10, {330, 240, 260, 9}},
                                HeadPose{-38, 15, {280, 300, 180, -20}},
                                HeadPose{70, 5, {310, 250, 240, 0}}}) {
    FacePoints points = found.points;
    const FacePoints there = facePointsAt(networks_, truth);
    for (std::size_t handle = 0; handle < kFaceHandles.size(); ++handle) {
      points = placed(points, there, handle);
    }
    expectPose(poseOfHandles(networks_, found, points), truth);
  }
}

TEST_F(FaceHandlesTest, AWrongMeshIsForgottenHandleByHandle) {
  // Every point somewhere else, and a pose that does not even belong to them.
  const HeadPose truth{20, 0, {320, 240, 220, 0}};
  const FacePoints there = facePointsAt(networks_, truth);
  const FaceAsFound found{{-30, 12, {300, 270, 200, 8}},
                          facePointsAt(networks_, {-15, 20, {340, 200, 280, -6}})};
  FacePoints points = found.points;
  EXPECT_EQ(poseOfHandles(networks_, found, points)->yaw, found.pose.yaw) << "nothing was corrected";
  for (std::size_t handle = 0; handle < kFaceHandles.size(); ++handle) {
    points = placed(points, there, handle);
    ASSERT_TRUE(poseOfHandles(networks_, found, points)) << handle;
  }
  expectPose(poseOfHandles(networks_, found, points), truth);
}

TEST_F(FaceHandlesTest, OneHandleTurnsTheHeadAndBack) {
  const FaceAsFound found{kFound, facePointsAt(networks_, kFound)};
  FacePoints moved = found.points;
  moved[4][0] += 12;  // the tip of the nose towards the person's left: seen from further right
  const HeadPose corrected{3, 1, {300, 260, 230, -4}};  // by sliders
  const std::optional<HeadPose> turned = poseAfterMove(networks_, found, corrected, found.points, moved);
  ASSERT_TRUE(turned);
  EXPECT_LT(turned->yaw, corrected.yaw - 2);
  EXPECT_NEAR(turned->square.side, corrected.square.side, 12);
  expectPose(poseAfterMove(networks_, found, *turned, moved, found.points), corrected);
}

TEST_F(FaceHandlesTest, WhatIsNoHeadIsRefused) {
  const FaceAsFound found{kFound, facePointsAt(networks_, kFound)};
  FacePoints point(found.points.size(), {200.0F, 100.0F});
  EXPECT_FALSE(poseOfHandles(networks_, found, point));
  EXPECT_FALSE(poseAfterMove(networks_, found, kFound, found.points, point));
}

TEST_F(FaceHandlesTest, AMoveIsQuickEnoughForTheWindow) {
  const FaceAsFound found{kFound, facePointsAt(networks_, kFound)};
  FacePoints moved = found.points;
  moved[4][0] += 5;
  poseAfterMove(networks_, found, kFound, found.points, moved);  // reads the face
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto since = Clock::now();
    ASSERT_TRUE(poseAfterMove(networks_, found, kFound, found.points, moved));
    best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - since).count());
  }
  std::printf("[ MEASURED ] pose after a moved handle: %.2f ms\n", best);
  EXPECT_LT(best, 10);
}

TEST_F(FaceHandlesTest, AnExactMeshStaysWhatItIs) {
  const std::filesystem::path file = test::sharedData("photos/wild/astronaut.png");
  if (!std::filesystem::exists(file)) {
    GTEST_SKIP() << "needs photos of the shared folder (PANOHEAD_SHARED)";
  }
  SilentContext context;
  const FoundHead head = alignPhoto(networks_, readImage(file), {}, context).front();
  const FaceAsFound found{head.pose, head.landmarks};
  FacePoints nearly = head.landmarks;
  nearly[33][0] += 0.1F;
  const std::optional<HeadPose> pose = poseOfHandles(networks_, found, nearly);
  ASSERT_TRUE(pose);
  EXPECT_NEAR(pose->yaw, head.pose.yaw, 1) << "a tenth of a pixel";
  EXPECT_NEAR(pose->pitch, head.pose.pitch, 1);
  EXPECT_NEAR(pose->square.side, head.pose.square.side, 0.02 * head.pose.square.side);
}

}  // namespace
}  // namespace panohead
