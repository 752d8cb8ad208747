#include "core/dataset/camera_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using Kind = DatasetProblemKind;
using testing::HasSubstr;

void expectProblem(const CameraLabel& label, Kind kind, const std::string& detail) {
  const std::optional<DatasetProblem> problem = checkCamera(label, kHeadCameraRadius);
  ASSERT_TRUE(problem) << detail;
  EXPECT_EQ(problem->kind, kind) << detail;
  EXPECT_THAT(problem->detail, HasSubstr(detail));
}

TEST(CameraCheck, CamerasOfTheOrbitAreSoundEverywhere) {
  for (double yaw = -180; yaw < 180; yaw += 15) {
    for (const double pitch : {-80.0, 0.0, 80.0}) {
      EXPECT_FALSE(checkCamera(orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch, .roll_degrees = 10}),
                               kHeadCameraRadius));
    }
  }
}

TEST(CameraCheck, AxesThatAreNoRotationAreFound) {
  CameraLabel label = orbitLabel({.yaw_degrees = 40});
  label[0] *= 1.01F;
  expectProblem(label, Kind::kNoRotation, "off by");
  label = orbitLabel({.yaw_degrees = 40});
  for (const std::size_t row : {0U, 4U, 8U}) {
    label[row] = -label[row];
  }
  expectProblem(label, Kind::kNoRotation, "determinant -1");
  label = orbitLabel({});
  label[12] = 0.5F;
  expectProblem(label, Kind::kNoRotation, "last row");
  expectProblem(CameraLabel{}, Kind::kNoRotation, "off by 1");
}

TEST(CameraCheck, OpenGlAxesAreToldApart) {
  CameraLabel label = orbitLabel({.yaw_degrees = 40});
  for (const std::size_t row : {0U, 4U, 8U}) {  // y up and z backward
    label[row + 1] = -label[row + 1];
    label[row + 2] = -label[row + 2];
  }
  expectProblem(label, Kind::kLooksAway, "OpenGL");
}

TEST(CameraCheck, CamerasBesideTheHeadAreFound) {
  CameraLabel label = orbitLabel({.yaw_degrees = 0});
  const CameraLabel other = orbitLabel({.yaw_degrees = 90});
  for (const std::size_t entry : {3U, 7U, 11U}) {
    label[entry] = other[entry];
  }
  expectProblem(label, Kind::kLooksAway, "90 degrees");
}

TEST(CameraCheck, IntrinsicsInPixelsAndOtherNonsenseAreFound) {
  CameraLabel label = orbitLabel({});
  label[16] = label[20] = 4.2647F * 512;
  expectProblem(label, Kind::kOddIntrinsics, "in pixels");
  label[16] = label[20] = 0;
  expectProblem(label, Kind::kOddIntrinsics, "focal lengths");
  label = orbitLabel({});
  label[18] = 256;
  expectProblem(label, Kind::kOddIntrinsics, "outside");
  label = orbitLabel({});
  label[24] = 0;
  expectProblem(label, Kind::kOddIntrinsics, "no intrinsics matrix");
}

TEST(CameraCheck, DistancesFarFromTheUsualOneAreFound) {
  expectProblem(orbitLabel({.radius = 4}), Kind::kOddDistance, "4 from the head, the others 2.7");
  EXPECT_FALSE(checkCamera(orbitLabel({.radius = 2.9}), kHeadCameraRadius));
  CameraLabel centre = orbitLabel({});
  centre[3] = centre[7] = centre[11] = 0;
  expectProblem(centre, Kind::kOddDistance, "0 from the head");
}

}  // namespace
}  // namespace panohead
