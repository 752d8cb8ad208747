#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/vision/person_mask.h"
#include "core/vision/photo_alignment.h"
#include "core/vision/photo_crop.h"
#include "core/vision/photo_io.h"
#include "tests/core/vision/vision_golden.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace panohead {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A photo pasted at (x, y).
void paste(Image& onto, const Image& picture, int x, int y) {
  for (int row = 0; row < picture.height; ++row) {
    std::memcpy(onto.row(y + row) + 3 * x, picture.row(row), picture.rowBytes());
  }
}

Image grey(int width, int height) {
  Image image(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{128});
  return image;
}

/// Four legs, a body, a head with ears and a tail, from above.
Image drawnDog() {
  Image image = grey(400, 300);
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      const auto ellipse = [&](double cx, double cy, double rx, double ry) {
        return std::pow((x - cx) / rx, 2) + std::pow((y - cy) / ry, 2) < 1;
      };
      const bool dog = ellipse(180, 150, 90, 40) || ellipse(290, 110, 36, 30) || ellipse(325, 120, 22, 14) ||
                       ellipse(270, 80, 10, 22) || ellipse(80, 110, 30, 8) ||
                       (y > 170 && y < 250 &&
                        (std::abs(x - 120) < 8 || std::abs(x - 150) < 8 || std::abs(x - 220) < 8 ||
                         std::abs(x - 245) < 8));
      if (dog) {
        std::uint8_t* pixel = image.row(y) + 3 * x;
        pixel[0] = 120;
        pixel[1] = 80;
        pixel[2] = 40;
      }
    }
  }
  return image;
}

class BadPhotos : public testing::Test {
 protected:
  std::vector<FoundHead> align(const Image& photo, const AlignmentOptions& options = {}) {
    return alignPhoto(networks_, photo, options, context_);
  }
  static auto hasDefect(PhotoDefect defect) { return Contains(Field(&Rejection::defect, defect)); }

  VisionNetworks networks_;
  SilentContext context_;
};

#define PANOHEAD_ASTRONAUT(variable)                                  \
  PANOHEAD_SHARED_FILE(variable##_path, "photos/wild/astronaut.png"); \
  const Image variable = withChannels(readImage(variable##_path), 3)

TEST_F(BadPhotos, NobodyGivesASquareToBeginWith) {
  for (const Image& photo : {grey(300, 200), grey(1, 1), grey(4000, 3), drawnDog()}) {
    const auto heads = align(photo);
    ASSERT_EQ(heads.size(), 1U);
    EXPECT_FALSE(heads[0].accepted());
    for (const Rejection& rejection : heads[0].rejections) {
      EXPECT_FALSE(rejection.reason.empty());
      EXPECT_THAT(rejection.remedy, HasSubstr("by hand"));
    }
    EXPECT_GT(heads[0].pose.square.side, 0);
    EXPECT_TRUE(std::isfinite(heads[0].pose.yaw));
  }
  EXPECT_THAT(align(grey(300, 200))[0].rejections, hasDefect(PhotoDefect::NoHead));
}

/// A cat's face fills the photo (by Stefan van der Walt, CC0; scikit-image's "chelsea").
TEST_F(BadPhotos, AnAnimalIsNobody) {
  const Image cat = readImage(test::sourceData("photos/cat.jpg"));
  for (const Image& photo : {cat, resized(cat, 902, 600), mirroredImage(cat)}) {
    for (const FoundHead& head : align(photo)) {
      EXPECT_NE(head.found_by, FoundBy::Face);
      EXPECT_NE(head.found_by, FoundBy::FaceAndTurn);
      ASSERT_FALSE(head.accepted());
      EXPECT_THAT(head.rejections.front().remedy, HasSubstr("by hand"));
    }
  }
}

TEST_F(BadPhotos, TenFacesAreTenHeads) {
  PANOHEAD_ASTRONAUT(astronaut);
  const Image face = cropSquare(astronaut, {226, 108, 200, 3.1}, 200);
  Image crowd = grey(1100, 460);
  for (int i = 0; i < 10; ++i) {
    paste(crowd, face, 10 + i % 5 * 220, 10 + i / 5 * 230);
  }
  const auto heads = align(crowd);
  ASSERT_EQ(heads.size(), 10U);
  for (const FoundHead& head : heads) {
    EXPECT_EQ(head.found_by, FoundBy::Face);
    EXPECT_NEAR(head.pose.yaw, 0.8, 4);
    const double column = (head.pose.square.x - 10) / 220;
    EXPECT_NEAR(column - std::floor(column), 100.0 / 220, 0.05);
  }
  EXPECT_EQ(align(crowd, {.most_heads = 3}).size(), 3U);
}

TEST_F(BadPhotos, ATwentyPixelFaceIsTooSmall) {
  PANOHEAD_ASTRONAUT(astronaut);
  Image photo = grey(512, 512);
  paste(photo, resized(astronaut, 128, 128), 200, 200);  // the face is 25 pixels wide
  const auto heads = align(photo);
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_LT(heads[0].pose.square.side, 60);
  EXPECT_THAT(heads[0].rejections, hasDefect(PhotoDefect::TooSmall));
}

TEST_F(BadPhotos, SmallFacesOfLargePhotosAreFound) {
  PANOHEAD_ASTRONAUT(astronaut);
  Image photo = grey(3000, 2000);
  paste(photo, astronaut, 2300, 1300);  // the face is a thirtieth of the width
  const auto heads = align(photo);
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_TRUE(heads[0].accepted());
  EXPECT_NEAR(heads[0].pose.square.x, 2300 + 226, 4);
  EXPECT_NEAR(heads[0].pose.square.side, 172, 6);
}

TEST_F(BadPhotos, ABlurredFaceSaysSo) {
  PANOHEAD_ASTRONAUT(astronaut);
  const Image blurred = resized(resized(astronaut, 96, 96), 512, 512);
  const auto heads = align(blurred);
  ASSERT_EQ(heads[0].found_by, FoundBy::Face);
  EXPECT_THAT(heads[0].rejections, hasDefect(PhotoDefect::Blurred));
  EXPECT_LT(heads[0].sharpness, 0.6 * align(astronaut)[0].sharpness);
}

TEST_F(BadPhotos, AFaceAtTheEdgeIsCutOff) {
  PANOHEAD_ASTRONAUT(astronaut);
  const Image right_half = [&] {  // the photo ends in the middle of the left cheek
    Image image(300, 512, 3);
    for (int y = 0; y < 512; ++y) {
      std::memcpy(image.row(y), astronaut.row(y) + 3 * 212, image.rowBytes());
    }
    return image;
  }();
  const auto heads = align(right_half);
  EXPECT_FALSE(heads[0].accepted());
  EXPECT_GT(heads[0].outside, 0.12);
  EXPECT_THAT(heads[0].rejections, hasDefect(PhotoDefect::CutOff));
  EXPECT_THAT(heads[0].rejections.back().reason, HasSubstr("of the head lies beyond the edge"));
}

TEST_F(BadPhotos, SunglassesAreNoHindrance) {
  PANOHEAD_ASTRONAUT(astronaut);
  const FoundHead plain = align(astronaut)[0];
  ASSERT_EQ(plain.landmarks.size(), 468U);
  Image masked = astronaut;
  for (const auto& [left, right] : {std::pair{33, 133}, std::pair{362, 263}}) {  // the corners of the eyes
    const auto& a = plain.landmarks[static_cast<std::size_t>(left)];
    const auto& b = plain.landmarks[static_cast<std::size_t>(right)];
    const float reach = std::hypot(b[0] - a[0], b[1] - a[1]) * 0.7F;
    for (int y = 0; y < masked.height; ++y) {
      for (int x = 0; x < masked.width; ++x) {
        if (std::abs(float(x) - (a[0] + b[0]) / 2) < reach &&
            std::abs(float(y) - (a[1] + b[1]) / 2) < 0.7F * reach) {
          std::fill_n(masked.row(y) + 3 * x, 3, std::uint8_t{12});
        }
      }
    }
  }
  const FoundHead head = align(masked)[0];
  EXPECT_TRUE(head.accepted());
  EXPECT_EQ(head.found_by, FoundBy::Face);
  const test::PoseDistance distance = test::distanceOf(head.pose, plain.pose);
  EXPECT_LT(distance.yaw, 10);
  EXPECT_LT(distance.square, 0.1);
}

TEST_F(BadPhotos, ProfilesAreFoundOrSaySo) {
  PANOHEAD_SHARED_HEADS(source, "heads256_img.zip");
  int seen = 0;
  int near = 0;
  for (const auto& row : test::visionGolden().at("heads")) {
    const double yaw = row.at("label").at(0);
    if (std::abs(yaw) < 80 || std::abs(yaw) > 100 || seen == 6) {
      continue;
    }
    ++seen;
    const Image picture = test::imageIn(*source, row.at("name"));
    const FoundHead head = align(picture)[0];
    EXPECT_TRUE(head.found_by == FoundBy::FaceAndTurn || head.found_by == FoundBy::PersonOutline);
    EXPECT_EQ(head.accepted(), head.found_by == FoundBy::FaceAndTurn) << row.at("name");
    const FoundHead placed = alignInSquare(networks_, picture, {128, 128, 256, 0}, {}, context_);
    EXPECT_TRUE(placed.accepted());
    near += std::abs(std::remainder(placed.pose.yaw - yaw, 360)) < 10 ? 1 : 0;
  }
  ASSERT_EQ(seen, 6);
  EXPECT_GE(near, 5) << "nine of ten lie within 8 degrees (resources/docs/photos.md)";
}

TEST_F(BadPhotos, TheBackOfAHeadIsAGuessToBeCorrected) {
  PANOHEAD_SHARED_HEADS(source, "heads256_img.zip");
  int seen = 0;
  for (const auto& row : test::visionGolden().at("heads")) {
    const double yaw = row.at("label").at(0);
    if (std::abs(yaw) < 150 || ++seen > 3) {
      continue;
    }
    const auto heads = align(test::imageIn(*source, row.at("name")));
    EXPECT_EQ(heads[0].found_by, FoundBy::PersonOutline);
    EXPECT_THAT(heads[0].rejections, hasDefect(PhotoDefect::NoFace));
    EXPECT_NEAR(heads[0].pose.square.side, 256, 60);
    // Corrected by hand it is accepted.
    EXPECT_TRUE(
        alignInSquare(networks_, test::imageIn(*source, row.at("name")), {128, 128, 256, 0}, {}, context_)
            .accepted());
  }
  EXPECT_GE(seen, 3);
}

TEST_F(BadPhotos, GreyAndTransparentPhotosWork) {
  PANOHEAD_ASTRONAUT(astronaut);
  for (const int channels : {1, 4}) {
    const auto heads = align(withChannels(astronaut, channels));
    EXPECT_EQ(heads[0].found_by, FoundBy::Face) << channels;
  }
}

TEST_F(BadPhotos, BadArgumentsAreRefused) {
  EXPECT_THROW(align(Image()), ImageError);
  EXPECT_THROW(align(grey(64, 64), {.most_heads = 0}), OptionError);
  EXPECT_THROW(align(grey(64, 64), {.smallest_side = -5}), OptionError);
  for (const AlignedSquare& square : {AlignedSquare{0, 0, 0, 0},
                                      AlignedSquare{std::nan(""), 0, 9, 0},
                                      AlignedSquare{0, 0, 1e9, 0},
                                      AlignedSquare{0, -1e12, 9, 0}}) {
    EXPECT_THROW(alignInSquare(networks_, grey(64, 64), square, {}, context_), OptionError);
    EXPECT_THROW(cropSquare(grey(64, 64), square, 64), OptionError);
  }
  EXPECT_THROW(cropSquare(grey(8, 8), {4, 4, 8, 0}, 0), OptionError);
  EXPECT_THROW(cropSquare(Image(), {4, 4, 8, 0}, 8), OptionError);
}

TEST_F(BadPhotos, SquaresFarOutsideTheHeadEndSomewhereFinite) {
  PANOHEAD_ASTRONAUT(astronaut);
  for (const AlignedSquare& square : {AlignedSquare{-5000, 9000, 40, 10}, AlignedSquare{0, 0, 20000, 0}}) {
    const FoundHead head = alignInSquare(networks_, astronaut, square, {}, context_);
    EXPECT_TRUE(std::isfinite(head.pose.yaw + head.pose.square.x + head.pose.square.side));
  }
}

TEST_F(BadPhotos, MissingNetworksSayWhatToDo) {
  const test::ScratchFolder scratch;
  VisionNetworks nowhere(scratch.path());
  try {
    alignPhoto(nowhere, grey(64, 64), {}, context_);
    ADD_FAILURE() << "no error";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("face_detection_short.onnx"));
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(PhotoCrop, IsUprightCentredAndRepeatsTheEdge) {
  Image photo(100, 60, 3);
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 100; ++x) {
      photo.row(y)[3 * x] = static_cast<std::uint8_t>(2 * x);
      photo.row(y)[3 * x + 1] = static_cast<std::uint8_t>(4 * y);
    }
  }
  const Image same = cropSquare(photo, {30, 30, 20, 0}, 20);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(same.row(i)[3 * i], 2 * (20 + i));
    EXPECT_EQ(same.row(i)[3 * i + 1], 4 * (20 + i));
  }
  // A quarter turn clockwise in the photo: right of the crop is below in the photo.
  const Image turned = cropSquare(photo, {30, 30, 20, 90}, 20);
  EXPECT_EQ(turned.row(5)[3 * 3 + 1], 4 * (20 + 3));
  EXPECT_EQ(turned.row(5)[3 * 3], 2 * (39 - 5));
  const Image edge = cropSquare(photo, {0, 30, 40, 0}, 40);
  EXPECT_EQ(edge.row(3)[0], edge.row(3)[3 * 15]);
  const Image small = cropSquare(photo, {50, 30, 40, 0}, 10);  // means of 4 x 4 pixels
  EXPECT_NEAR(small.row(0)[0], 2 * (30 + 1.5), 1);
}

TEST_F(BadPhotos, CanBeCancelledAtEveryStage) {
  PANOHEAD_ASTRONAUT(astronaut);
  const Image person = grey(128, 128);
  int stops = 0;
  const auto cancelledAt = [&](const auto& work) {
    int count = 0;
    for (;; ++count) {
      test::CancellingContext context(count);
      try {
        work(context);
        return count;
      } catch (const Cancelled&) {
        ++stops;
      }
    }
  };
  const test::ScratchFolder folder;
  writePng(folder / "photo.png", astronaut);
  EXPECT_GE(cancelledAt([&](JobContext& c) { readPhoto(folder / "photo.png", {}, c); }), 3);
  EXPECT_GE(cancelledAt([&](JobContext& c) { alignPhoto(networks_, astronaut, {.most_heads = 1}, c); }), 2);
  EXPECT_GE(cancelledAt([&](JobContext& c) { alignPhoto(networks_, person, {}, c); }), 5);
  EXPECT_GE(cancelledAt([&](JobContext& c) { makePersonMask(networks_, resized(astronaut, 96, 96), {}, c); }),
            4);
  EXPECT_GE(stops, 14);
}

}  // namespace
}  // namespace panohead
