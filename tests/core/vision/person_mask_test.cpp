#include "core/vision/person_mask.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "tests/core/vision/vision_golden.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <numeric>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Intersection over union at half.
double overlap(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int common = 0;
  int all = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    common += a.pixels[i] > 127 && b.pixels[i] > 127 ? 1 : 0;
    all += a.pixels[i] > 127 || b.pixels[i] > 127 ? 1 : 0;
  }
  return all == 0 ? 1 : static_cast<double>(common) / all;
}

Image flat(int width, int height, int channels, std::uint8_t value) {
  Image image(width, height, channels);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

/// A grey disc on black noise, so that GrabCut has something to tell apart.
Image disc(int size, double radius) {
  Image image(size, size, 3);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const bool inside = std::hypot(x - size / 2.0, y - size / 2.0) < radius;
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] =
            static_cast<std::uint8_t>((inside ? 200 : 20) + (x * 7 + y * 13 + c * 5) % 11);
      }
    }
  }
  return image;
}

class PersonMaskTest : public testing::Test {
 protected:
  PersonMask refine(const Image& picture, const Image& raw, const MaskOptions& options = {}) {
    return refinePersonMask(picture, raw, options, context_);
  }
  PersonMask make(const Image& picture, const MaskOptions& options = {}) {
    return makePersonMask(networks_, picture, options, context_);
  }

  VisionNetworks networks_;
  SilentContext context_;
};

TEST_F(PersonMaskTest, PublishedTestPhotos) {
  for (const std::string name : {"000134", "000157"}) {
    const auto photo = test::sharedData("photos/panohead_testdata_img/" + name + ".jpg");
    if (!std::filesystem::exists(photo)) {
      GTEST_SKIP() << "needs photos of the shared folder (PANOHEAD_SHARED)";
    }
    const Image truth =
        withChannels(readImage(test::sharedData("photos/panohead_testdata_seg/" + name + ".png")), 1);
    const PersonMask mask = make(readImage(photo));
    EXPECT_GE(overlap(mask.alpha, truth), 0.97) << name;
    const double raw = overlap(make(readImage(photo), {.refine = false}).alpha, truth);
    EXPECT_GE(raw, 0.97) << name;
    EXPECT_THAT(mask.notices, IsEmpty());
    std::printf(
        "[ MEASURED ] %s: network %.4f, refined %.4f\n", name.c_str(), raw, overlap(mask.alpha, truth));
  }
}

TEST_F(PersonMaskTest, SyntheticPicturesAsTheReference) {
  PANOHEAD_SHARED_HEADS(pictures, "heads256_img.zip");
  PANOHEAD_SHARED_HEADS(masks, "heads256_seg.zip");
  const auto& rows = test::visionGolden().at("masks");
  ASSERT_EQ(rows.size(), 100U);
  double ours = 0;
  double raw = 0;
  double golden = 0;
  int count = 0;
  for (std::size_t i = 0; i < rows.size(); i += test::pictureStep() == 1 ? 1 : 10) {
    const std::string name = rows[i].at("name");
    const Image picture = test::imageIn(*pictures, name);
    const Image truth = test::imageIn(*masks, stemOf(name) + ".png");
    const Image network = rawPersonMask(networks_, picture, {}, context_);
    EXPECT_NEAR(overlap(network, truth), rows[i].at("raw").get<double>(), 0.004) << name;
    const PersonMask mask = refine(picture, network);
    if (!mask.raw_kept) {
      // GrabCut decides for whole regions: a grey level of the raw mask may turn one.
      EXPECT_NEAR(overlap(mask.alpha, truth), rows[i].at("refined").get<double>(), 0.04) << name;
    }
    ours += overlap(mask.alpha, truth);
    raw += overlap(network, truth);
    golden += rows[i].at("refined").get<double>();
    ++count;
  }
  EXPECT_GE(ours / count, 0.96);
  EXPECT_NEAR(ours, golden, 0.005 * count);
  std::printf("[ MEASURED ] %d pictures: network %.4f, refined %.4f (reference %.4f)\n",
              count,
              raw / count,
              ours / count,
              golden / count);
}

/// A mask of the left half of disc(256, 80).
Image leftHalf() {
  Image raw(256, 256, 1);
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 128; ++x) {
      raw.row(y)[x] = std::hypot(x - 128, y - 128) < 80 ? 255 : 0;
    }
  }
  return raw;
}

TEST_F(PersonMaskTest, StrokesAreObeyed) {
  const Image picture = disc(256, 80);
  const Image raw = leftHalf();
  const Image truth = [&] {
    Image image(256, 256, 1);
    for (int y = 0; y < 256; ++y) {
      for (int x = 0; x < 256; ++x) {
        image.row(y)[x] = std::hypot(x - 128, y - 128) < 80 ? 255 : 0;
      }
    }
    return image;
  }();
  MaskOptions options;
  options.strokes = {{{{140, 128}, {195, 128}}, 12, true}, {{{20, 20}, {236, 20}}, 6, false}};
  const PersonMask mask = refine(picture, raw, options);
  EXPECT_FALSE(mask.raw_kept);
  EXPECT_EQ(mask.alpha.row(128)[180], 255);
  EXPECT_EQ(mask.alpha.row(20)[100], 0);
  EXPECT_GT(overlap(mask.alpha, truth), overlap(raw, truth) + 0.05);
}

TEST_F(PersonMaskTest, StrokesOutsideThePictureAreHarmless) {
  MaskOptions options;
  options.strokes = {{{{-1e9, 5}, {1e9, 1e9}}, 1e4, false}, {{}, 3, true}};
  EXPECT_EQ(refine(disc(64, 20), flat(64, 64, 1, 255), options).alpha.width, 64);
}

TEST_F(PersonMaskTest, AnEmptyMaskSaysWhatToDo) {
  const PersonMask mask = refine(disc(128, 40), flat(128, 128, 1, 0));
  EXPECT_TRUE(mask.raw_kept);
  EXPECT_EQ(mask.coverage, 0);
  EXPECT_EQ(mask.agreement, 1) << "nothing to refine";
  EXPECT_THAT(mask.notices, ElementsAre(HasSubstr("empty")));
}

TEST_F(PersonMaskTest, AStrokeSavesAnEmptyMask) {
  MaskOptions options;
  options.strokes = {{{{128, 128}, {150, 150}}, 20, true}};
  const PersonMask mask = refine(disc(256, 100), flat(256, 256, 1, 0), options);
  EXPECT_NEAR(mask.coverage, 3.1416 * 100 * 100 / (256 * 256), 0.03);
  EXPECT_THAT(mask.notices, IsEmpty());
}

TEST_F(PersonMaskTest, AFullMaskSaysWhatToDo) {
  const PersonMask mask = refine(disc(128, 40), flat(128, 128, 1, 255));
  EXPECT_EQ(mask.coverage, 1);
  EXPECT_THAT(mask.notices, ElementsAre(HasSubstr("everything")));
}

TEST_F(PersonMaskTest, TheNetworkIsBelievedWhereBothDisagree) {
  MaskOptions options;
  options.least_agreement = 1;
  const Image raw = leftHalf();
  const PersonMask mask = refine(disc(256, 80), raw, options);
  ASSERT_LT(mask.agreement, 1);
  EXPECT_TRUE(mask.raw_kept);
  EXPECT_EQ(mask.alpha.pixels, raw.pixels);
  EXPECT_THAT(mask.notices, ElementsAre(HasSubstr("could not be refined")));
}

TEST_F(PersonMaskTest, EdgesAreFeathered) {
  const PersonMask mask = refine(disc(256, 80), [] {
    Image raw(256, 256, 1);
    for (int y = 0; y < 256; ++y) {
      for (int x = 0; x < 256; ++x) {
        raw.row(y)[x] = std::hypot(x - 128, y - 128) < 80 ? 255 : 0;
      }
    }
    return raw;
  }());
  const bool soft = std::any_of(mask.alpha.pixels.begin(), mask.alpha.pixels.end(), [](std::uint8_t value) {
    return value > 40 && value < 215;
  });
  EXPECT_TRUE(soft);
}

TEST_F(PersonMaskTest, BadArgumentsAreRefused) {
  EXPECT_THROW(make(Image()), ImageError);
  EXPECT_THROW(refine(disc(64, 10), Image(32, 64, 1)), ImageError);
  EXPECT_THROW(make(disc(64, 10), {.feather = -1}), OptionError);
  EXPECT_THROW(make(disc(64, 10), {.network_side = 7}), OptionError);
  MaskOptions nowhere;
  nowhere.strokes.push_back({.points = {std::array<double, 2>{std::nan(""), 5}}});
  EXPECT_THROW(make(disc(64, 10), nowhere), OptionError);
  const test::ScratchFolder scratch;
  test::writeBytes(scratch / "none.onnx", std::as_bytes(std::span("no network")));
  EXPECT_THROW(make(disc(64, 10), {.network = scratch / "none.onnx"}), CheckpointError);
  EXPECT_THROW(make(disc(64, 10), {.network = scratch / "missing.onnx"}), CheckpointError);
  // A network of another kind.
  const std::filesystem::path shipped = findResource("models/vision/head_turn.onnx");
  EXPECT_THROW(make(disc(64, 10), {.network = shipped, .network_side = 256}), CheckpointError);
}

TEST_F(PersonMaskTest, ANetworkOfTheUsersOwn) {
  PANOHEAD_SHARED_FILE(photo, "photos/wild/astronaut.png");
  const Image picture = readImage(photo);
  const std::filesystem::path network = findResource("models/vision/selfie_segmentation.onnx");
  const Image own = rawPersonMask(networks_, picture, {.network = network}, context_);
  EXPECT_GE(overlap(own, rawPersonMask(networks_, picture, {}, context_)), 0.98);
}

TEST_F(PersonMaskTest, ANetworkOfTheUsersOwnIsReadAgainOnlyWhenItWasWritten) {
  const test::ScratchFolder folder;
  const std::filesystem::path network = folder / "own.onnx";
  std::filesystem::copy_file(test::sourceData("vision/everything_is_the_person.onnx"), network);
  const Image picture(64, 64, 3);
  const auto mask = [&] { return rawPersonMask(networks_, picture, {.network = network}, context_); };
  EXPECT_EQ(mask().pixels[100], 255);
  const auto written = std::filesystem::last_write_time(network);
  std::ofstream(network) << "no network";
  std::filesystem::last_write_time(network, written);
  EXPECT_EQ(mask().pixels[100], 255) << "the one in memory";
  std::filesystem::last_write_time(network, written + std::chrono::seconds(2));
  EXPECT_THROW(mask(), CheckpointError);
  std::filesystem::remove(network);
  EXPECT_THROW(mask(), CheckpointError);
  std::filesystem::copy_file(test::sourceData("vision/everything_is_the_person.onnx"), network);
  EXPECT_EQ(mask().pixels[100], 255);
}

}  // namespace
}  // namespace panohead
