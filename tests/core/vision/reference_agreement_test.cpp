#include "core/vision/photo_alignment.h"
#include "tests/core/vision/vision_golden.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::distanceOf;
using test::GoldenPose;

constexpr double kYaw = 0.5;      // degrees
constexpr double kSquare = 0.01;  // of its side

const char* wayOf(FoundBy found_by) {
  switch (found_by) {
    case FoundBy::Face:
      return "mesh";
    case FoundBy::FaceAndTurn:
      return "mesh, then head_turn";
    case FoundBy::Square:
      return "head_turn";
    case FoundBy::PersonOutline:
      return "mask, then head_turn";
    case FoundBy::Nothing:
      break;
  }
  return "nothing";
}

AlignedSquare wholeSquare(const Image& image) {
  return {image.width / 2.0, image.height / 2.0, double(std::max(image.width, image.height)), 0};
}

/// Worst differences, for the log.
struct Worst {
  double yaw = 0, square = 0;
  int pictures = 0;

  void add(const FoundHead& head, const GoldenPose& golden, const std::string& name) {
    const test::PoseDistance distance = distanceOf(head.pose, golden.pose);
    EXPECT_EQ(wayOf(head.found_by), golden.way) << name;
    EXPECT_LE(distance.yaw, kYaw) << name << ' ' << golden.way;
    EXPECT_LE(distance.square, kSquare) << name << ' ' << golden.way;
    EXPECT_NEAR(head.pose.pitch, golden.pose.pitch, 2 * kYaw) << name;
    yaw = std::max(yaw, distance.yaw);
    square = std::max(square, distance.square);
    ++pictures;
  }
  ~Worst() {
    std::printf("[ MEASURED ] %d poses; worst difference: yaw %.3f degrees, square %.2f %%\n",
                pictures,
                yaw,
                100 * square);
  }
};

TEST(ReferenceAgreement, FivePhotos) {
  VisionNetworks networks;
  SilentContext context;
  Worst worst;
  for (const auto& row : test::visionGolden().at("photos")) {
    const std::string name = row.at("name");
    const std::filesystem::path path = test::sharedData("photos/" + name);
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "needs photos of the shared folder (PANOHEAD_SHARED)";
    }
    const Image photo = readImage(path);
    const auto heads = alignPhoto(networks, photo, {}, context);
    ASSERT_EQ(heads.size(), 1U) << name;
    worst.add(heads[0], GoldenPose(row.at("chain")), name);
    EXPECT_NEAR(heads[0].face_score, row.at("score").get<double>(), 1e-3) << name;
    EXPECT_NEAR(heads[0].landmarks[1][0], row.at("nose").at(0).get<double>(), 0.3) << name;
    EXPECT_NEAR(heads[0].landmarks[1][1], row.at("nose").at(1).get<double>(), 0.3) << name;
    EXPECT_TRUE(heads[0].accepted()) << name << ": " << heads[0].rejections[0].reason;
    worst.add(
        alignInSquare(networks, photo, wholeSquare(photo), {}, context), GoldenPose(row.at("turn")), name);
  }
}

TEST(ReferenceAgreement, SyntheticTestPictures) {
  PANOHEAD_SHARED_HEADS(source, "heads256_img.zip");
  VisionNetworks networks;
  SilentContext context;
  Worst worst;
  const auto& heads = test::visionGolden().at("heads");
  ASSERT_EQ(heads.size(), 400U);
  for (std::size_t i = 0; i < heads.size(); i += test::pictureStep()) {
    const std::string name = heads[i].at("name");
    const Image photo = test::imageIn(*source, name);
    const GoldenPose golden(heads[i].at("chain"));
    if (golden.way == "head_turn") {
      worst.add(alignInSquare(networks, photo, wholeSquare(photo), {}, context), golden, name);
    } else {
      worst.add(alignPhoto(networks, photo, {}, context).front(), golden, name);
    }
  }
}

TEST(ReferenceAgreement, HeadsWithoutAFace) {
  PANOHEAD_SHARED_HEADS(source, "heads256_img.zip");
  VisionNetworks networks;
  SilentContext context;
  Worst worst;
  const auto& heads = test::visionGolden().at("heads");
  for (std::size_t i = 0; i < heads.size(); i += 2 * test::pictureStep()) {
    if (!heads[i].contains("found") || heads[i].at("found").is_null()) {
      continue;
    }
    const std::string name = heads[i].at("name");
    worst.add(alignPhoto(networks, test::imageIn(*source, name), {}, context).front(),
              GoldenPose(heads[i].at("found")),
              name);
  }
}

}  // namespace
}  // namespace panohead
