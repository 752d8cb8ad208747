// The OpenGL preview against renderFrame(), on whatever OpenGL there is: Mesa's software driver here.
#include "render/preview/tri_grid_preview.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/session/studio.h"
#include "render/gl/framebuffer.h"
#include "render/preview/preview_numbers.h"
#include "tests/support/gl_fixture.h"
#include "tests/support/image_psnr.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace panohead::render {
namespace {

ModelPtr open(const std::filesystem::path& path) {
  SilentContext context;
  return openModel(path, context);
}

HeadPtr head(const ModelPtr& model, const Background& background = OwnBackground{}) {
  HeadOptions options{.seed = 3};
  options.background = background;
  SilentContext context;
  return makeHead(model, options, context);
}

/// Of the model that comes with the program: made once.
HeadPtr embeddedHead() {
  static const HeadPtr made = head(open(defaultModelPath()));
  return made;
}

Frame specification(
    const HeadPtr& head, const CameraLabel& camera, int coarse, int fine, int resolution = 0) {
  ViewOptions view;
  view.camera = camera;
  view.mode = RenderMode::Raw;
  view.neural_resolution = resolution;
  view.coarse_samples = coarse;
  view.fine_samples = fine;
  SilentContext context;
  return renderFrame(*head, view, context);
}

double psnr(const std::vector<float>& a, const std::vector<float>& b, double peak = 1) {
  EXPECT_EQ(a.size(), b.size());
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squares += std::pow(double(a[i]) - b[i], 2);
  }
  return std::min(99.0, 10 * std::log10(peak * peak * static_cast<double>(a.size()) / squares));
}

double largestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(double(a[i]) - b[i]);
    largest = std::isnan(difference) ? 1e9 : std::max(largest, difference);
  }
  return largest;
}

/// Depths where a head is seen: elsewhere they are quotients of next to nothing.
std::vector<float> visible(const std::vector<float>& depths, const Frame& frame) {
  std::vector<float> result;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    if (frame.mask[i] > 0.05F) {
      result.push_back(depths[i]);
    }
  }
  return result;
}

class TriGridPreviewTest : public test::GlFixture<testing::TestWithParam<PreviewPath>> {
 protected:
  void SetUp() override {
    GlFixture::SetUp();
    if (IsSkipped()) {
      return;
    }
    if (GetParam() == PreviewPath::Compute && !context_->hasCompute()) {
      GTEST_SKIP() << "this OpenGL is older than 4.3: no compute shaders";
    }
    preview_ = std::make_unique<TriGridPreview>(context_, GetParam());
  }
  void TearDown() override {
    if (context_) {
      EXPECT_EQ(context_->getError(), static_cast<GLenum>(GL_NO_ERROR));
      preview_.reset();
      context_->emptyGraveyard();
    }
  }

  Frame draw(const PreviewView& view) {
    preview_->draw(view);
    return preview_->read();
  }

  /// Floats are compared, too: random weights paint far beyond black and white.
  void expectFaithful(
      const HeadPtr& head, const CameraLabel& camera, double picture, double mask, double depth) {
    preview_->setHead(makePreviewHead(*head));
    const Frame expected = specification(head, camera, 0, -1);
    const Frame actual = draw({.camera = camera});
    ASSERT_EQ(actual.samples_per_ray, expected.samples_per_ray);
    const double picture_psnr = test::psnr(actual.picture, expected.picture);
    const double mask_error = largestDifference(actual.mask, expected.mask);
    const double depth_error =
        largestDifference(visible(actual.depth, expected), visible(expected.depth, expected));
    fmt::print("two passes: picture {:.1f} dB, mask {:.1f} dB, worst mask {:.5f}, worst depth {:.5f}\n",
               picture_psnr,
               psnr(actual.mask, expected.mask),
               mask_error,
               depth_error);
    EXPECT_EQ(actual.picture.channels, expected.picture.channels);
    EXPECT_GT(picture_psnr, picture);
    EXPECT_LT(mask_error, mask);
    EXPECT_LT(depth_error, depth);
  }

  std::unique_ptr<TriGridPreview> preview_;
};

TEST_P(TriGridPreviewTest, OnePassIsCloseToFullFrames) {
  preview_->setHead(makePreviewHead(*embeddedHead()));
  for (const double yaw : {0.0, 60.0, 180.0}) {
    const CameraLabel camera = orbitLabel({.yaw_degrees = yaw, .pitch_degrees = 10});
    const Frame expected = specification(embeddedHead(), camera, 48, 48);
    const Frame actual = draw({.camera = camera, .samples = 96, .fine_samples = 0});
    const double picture = test::psnr(actual.picture, expected.picture);
    const double mask = psnr(actual.mask, expected.mask);
    fmt::print(
        "yaw {}: 96 even samples against 48 + 48: picture {:.1f} dB, mask {:.1f} dB\n", yaw, picture, mask);
    EXPECT_EQ(actual.neural_resolution, expected.neural_resolution);
    EXPECT_GT(picture, 30);
    EXPECT_GT(mask, 30);
  }
}

TEST_P(TriGridPreviewTest, TwoPassesDrawTheFullFrame) {
  expectFaithful(embeddedHead(), orbitLabel({.yaw_degrees = -40, .pitch_degrees = -15}), 45, 0.02, 0.05);
}

TEST_P(TriGridPreviewTest, CameraThatCameNearerKeepsTheHead) {
  expectFaithful(
      embeddedHead(), orbitLabel({.yaw_degrees = 20, .radius = 2.2, .fov_degrees = 25}), 45, 0.02, 0.05);
}

TEST_P(TriGridPreviewTest, CutOutHasColourUpToItsEdge) {
  const HeadPtr made = head(headModel(*embeddedHead()), NoBackground{});
  expectFaithful(made, orbitLabel({.yaw_degrees = 30}), 30, 0.02, 0.05);
}

TEST_P(TriGridPreviewTest, SizesMayChangeAndBackgroundsFollow) {
  const HeadPtr other = head(headModel(*embeddedHead()), SeedBackground{9});
  preview_->setHead(makePreviewHead(*embeddedHead()));
  const CameraLabel camera = orbitLabel({});
  for (const int resolution : {32, 100}) {
    preview_->setHead(makePreviewHead(*embeddedHead()));
    const Frame own = draw({.camera = camera, .resolution = resolution});
    EXPECT_EQ(own.picture.width, resolution);
    EXPECT_GT(test::psnr(own.picture, specification(embeddedHead(), camera, 0, -1, resolution).picture), 45);
    preview_->setHead(makePreviewHead(*other));
    const Frame swapped = draw({.camera = camera, .resolution = resolution});
    EXPECT_GT(test::psnr(swapped.picture, specification(other, camera, 0, -1, resolution).picture), 45);
    EXPECT_LT(test::psnr(swapped.picture, own.picture), 30);
  }
}

TEST_P(TriGridPreviewTest, GoldenPanoHead) {
  PANOHEAD_SHARED_FILE(file, "golden/tiny_panohead.pkl");
  expectFaithful(head(open(file)), orbitLabel({.yaw_degrees = 25, .pitch_degrees = 5}), 40, 0.02, 0.02);
}

TEST_P(TriGridPreviewTest, GoldenEg3dHasPlanesAndASigmoid) {
  PANOHEAD_SHARED_FILE(file, "golden/tiny_eg3d.pkl");
  expectFaithful(head(open(file)), orbitLabel({.yaw_degrees = -25, .pitch_degrees = 5}), 40, 0.02, 0.02);
}

TEST_P(TriGridPreviewTest, ActivationBeforeToRgbIsNotFoldedAway) {
  PreviewHead plain = makePreviewHead(*embeddedHead());
  // leaky_relu(x) * sqrt 2 of features that are pushed far above zero is x * sqrt 2: same picture by the
  // other way.
  PreviewHead bent = plain;
  bent.activation = DecoderActivation::LeakyRelu;
  constexpr float kPush = 1000;
  for (int f = 0; f < plain.features; ++f) {
    plain.output_bias[static_cast<std::size_t>(f) + 1] += kPush;
    bent.output_bias[static_cast<std::size_t>(f) + 1] += kPush;
  }
  for (float& weight : bent.rgb_weight) {
    weight /= std::sqrt(2.0F);
  }
  for (float& feature : bent.background) {
    feature *= std::sqrt(2.0F);
  }
  for (PreviewHead* changed : {&plain, &bent}) {  // take the push back where the head is opaque
    for (std::size_t colour = 0; colour < 3; ++colour) {
      for (int f = 0; f < plain.features; ++f) {
        changed->rgb_bias[colour] -=
            kPush *
            plain.rgb_weight[colour * static_cast<std::size_t>(plain.features) + static_cast<std::size_t>(f)];
      }
    }
  }
  const PreviewView view{.camera = orbitLabel({}), .samples = 48, .fine_samples = 0};
  preview_->setHead(plain);
  const Frame expected = draw(view);
  preview_->setHead(bent);
  EXPECT_GT(test::psnr(draw(view).picture, expected.picture), 40);
}

TEST_P(TriGridPreviewTest, EmptyVolumeShowsTheBackground) {
  PreviewHead empty = makePreviewHead(*embeddedHead());
  std::fill(empty.output_weight.begin(), empty.output_weight.begin() + empty.hidden, 0.0F);
  empty.output_bias[0] = -100;
  preview_->setHead(empty);
  const Frame frame = draw({.camera = orbitLabel({}), .resolution = 64});
  EXPECT_EQ(*std::max_element(frame.mask.begin(), frame.mask.end()), 0);
  const std::vector<float> backdrop = previewBackdrop(empty, 64);
  for (int c = 0; c < 3; ++c) {
    const float value = backdrop[static_cast<std::size_t>(c)] + empty.rgb_bias[static_cast<std::size_t>(c)];
    EXPECT_NEAR(frame.picture.row(0)[c], std::clamp(value * 127.5F + 128, 0.0F, 255.0F), 1.0F);
  }
}

/// A column along z of the first grid (x, y), all slices and channels, of one number.
void fillColumn(PreviewHead& head, std::uint16_t half) {
  const auto side = static_cast<std::size_t>(head.side());
  const std::size_t middle = side / 2;
  for (std::size_t quad = 0; quad < static_cast<std::size_t>(head.channels) / 4; ++quad) {
    for (std::size_t slice = 1; slice <= static_cast<std::size_t>(head.slices); ++slice) {
      const std::size_t layer = quad * static_cast<std::size_t>(head.depth()) + slice;
      for (std::size_t y = middle - 2; y < middle + 2; ++y) {
        const auto row =
            head.texels.begin() + static_cast<std::ptrdiff_t>(((layer * side + y) * side + middle - 2) * 4);
        std::fill(row, row + 16, half);
      }
    }
  }
}

TEST_P(TriGridPreviewTest, OnlyRaysThroughWhatIsNotANumberShowIt) {
  PreviewHead numbers = makePreviewHead(*embeddedHead());
  const PreviewView view{.camera = orbitLabel({}), .resolution = 64};
  preview_->setHead(numbers);
  const Frame sound = draw(view);
  fillColumn(numbers, 0x7e00);
  preview_->setHead(numbers);
  const Frame damaged = draw(view);
  int changed = 0;
  int left = 64, right = -1, top = 64, bottom = -1;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const auto pixel = static_cast<std::size_t>(64 * y + x);
      ASSERT_FALSE(std::isnan(damaged.mask[pixel])) << "a mask is in 0 .. 1";
      if (damaged.mask[pixel] != sound.mask[pixel] || damaged.depth[pixel] != sound.depth[pixel] ||
          !std::equal(damaged.picture.row(y) + 3 * x,
                      damaged.picture.row(y) + 3 * x + 3,
                      sound.picture.row(y) + 3 * x)) {
        ++changed;
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
    }
  }
  fmt::print("{} pixels, columns {} to {}, rows {} to {}\n", changed, left, right, top, bottom);
  EXPECT_GE(changed, 4);
  EXPECT_LT(right - left, 12) << "a column of four texels of 128, seen from the front";
  EXPECT_LT(bottom - top, 12);
}

TEST_P(TriGridPreviewTest, DenormalsInTheGridsAreNothing) {
  PreviewHead numbers = makePreviewHead(*embeddedHead());
  const PreviewView view{.camera = orbitLabel({}), .resolution = 64};
  preview_->setHead(numbers);
  const Frame sound = draw(view);
  fillColumn(numbers, 0);
  preview_->setHead(numbers);
  const Frame nothing = draw(view);
  EXPECT_LT(test::psnr(nothing.picture, sound.picture), 60) << "the column shows";
  for (const std::uint16_t denormal : {0x0001, 0x83ff}) {  // the smallest one, the largest one below zero
    fillColumn(numbers, denormal);
    preview_->setHead(numbers);
    const Frame actual = draw(view);
    EXPECT_GT(test::psnr(actual.picture, nothing.picture), 60);
    EXPECT_LT(largestDifference(actual.mask, nothing.mask), 1e-3);
  }
}

TEST_P(TriGridPreviewTest, WhatAnEmptyRayLetsThroughIsWhite) {
  PreviewHead empty = makePreviewHead(*embeddedHead());
  std::fill(empty.output_weight.begin(), empty.output_weight.begin() + empty.hidden, 0.0F);
  empty.output_bias[0] = -100;
  empty.background_size = 0;
  empty.volume.white_back = true;
  std::fill(empty.rgb_weight.begin(), empty.rgb_weight.end(), 0.0F);
  for (std::size_t colour = 0; colour < 3; ++colour) {  // the first three features, a quarter as bright
    empty.rgb_weight[colour * static_cast<std::size_t>(empty.features) + colour] = 0.25F;
  }
  std::fill(empty.rgb_bias.begin(), empty.rgb_bias.end(), 0.1F);
  for (const bool scaled : {false, true}) {  // scaled: 0.25 * (2 * 1 - 1) + 0.1, the same
    empty.scale_feature = scaled;
    preview_->setHead(empty);
    const Frame frame = draw({.camera = orbitLabel({}), .resolution = 16});
    EXPECT_NEAR(frame.picture.row(7)[3 * 7 + 1], 0.35 * 127.5 + 128, 1) << scaled;
  }
}

TEST_P(TriGridPreviewTest, OtherWaysToPlaceSamplesShowTheSameHead) {
  PreviewHead numbers = makePreviewHead(*embeddedHead());
  const PreviewView view{.camera = orbitLabel({.yaw_degrees = 50}), .samples = 64, .fine_samples = 64};
  preview_->setHead(numbers);
  const Frame expected = draw(view);
  numbers.volume.disparity_sampling = true;
  preview_->setHead(numbers);
  const double disparity = test::psnr(draw(view).picture, expected.picture);
  numbers.volume.disparity_sampling = false;
  numbers.volume.auto_range = true;
  preview_->setHead(numbers);
  const double box = test::psnr(draw(view).picture, expected.picture);
  fmt::print("even in disparity {:.1f} dB, range from the box {:.1f} dB\n", disparity, box);
  EXPECT_GT(disparity, 40);
  EXPECT_GT(box, 40);
}

TEST_P(TriGridPreviewTest, LeavesFramebufferAndViewportAlone) {
  const Framebuffer other(context_, 5, 7);
  other.bind();
  context_->viewport(1, 2, 3, 4);
  GLint before = 0;
  context_->getIntegerv(GL_FRAMEBUFFER_BINDING, &before);
  preview_->setHead(makePreviewHead(*embeddedHead()));
  draw({.camera = orbitLabel({}), .resolution = 16, .samples = 8, .fine_samples = 0});
  GLint after = 0;
  context_->getIntegerv(GL_FRAMEBUFFER_BINDING, &after);
  std::array<GLint, 4> viewport{};
  context_->getIntegerv(GL_VIEWPORT, viewport.data());
  EXPECT_EQ(after, before);
  EXPECT_THAT(viewport, testing::ElementsAre(1, 2, 3, 4));
}

TEST_P(TriGridPreviewTest, ImpossibleWishesAreRefused) {
  EXPECT_THROW(preview_->draw({.camera = orbitLabel({})}), DeviceError) << "no head";
  EXPECT_THROW(preview_->read(), DeviceError);
  PreviewHead wide = makePreviewHead(*embeddedHead());
  EXPECT_THROW(preview_->draw({.camera = orbitLabel({}), .resolution = 4}), OptionError);
  EXPECT_THROW(preview_->draw({.camera = orbitLabel({}), .samples = 1}), OptionError);
  preview_->setHead(wide);
  EXPECT_THROW(preview_->draw({.camera = orbitLabel({}), .samples = 200, .fine_samples = 8}), OptionError);
  wide.texels.pop_back();
  EXPECT_THROW(preview_->setHead(wide), OptionError);
  wide.hidden = 62;
  EXPECT_THROW(preview_->setHead(wide), OptionError);
}

INSTANTIATE_TEST_SUITE_P(Paths,
                         TriGridPreviewTest,
                         testing::Values(PreviewPath::Fragment, PreviewPath::Compute),
                         [](const auto& info) {
                           return info.param == PreviewPath::Fragment ? "Fragment" : "Compute";
                         });

TEST(PreviewNumbers, ResizingKeepsConstantsAndSizes) {
  const std::vector<float> picture(9 * 9 * 4, 2.5F);
  for (const int result : {3, 9, 20}) {
    for (const bool antialias : {false, true}) {
      const std::vector<float> resized = resizeSquare(picture, 9, result, antialias);
      ASSERT_EQ(resized.size(), static_cast<std::size_t>(result * result * 4));
      for (const float value : resized) {
        EXPECT_NEAR(value, 2.5F, 1e-6);
      }
    }
  }
}

TEST(PreviewNumbers, ResizingDoesNotTurnThePicture) {
  std::vector<float> picture(4 * 4 * 4);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      picture[static_cast<std::size_t>((y * 4 + x) * 4)] = static_cast<float>(10 * y + x);
    }
  }
  EXPECT_EQ(resizeSquare(picture, 4, 4, true), picture);
  const std::vector<float> half = resizeSquare(picture, 4, 2, false);
  EXPECT_NEAR(half[0], 5.5F, 1e-5);
  EXPECT_NEAR(half[4], 7.5F, 1e-5) << "columns vary fastest";
  EXPECT_NEAR(half[8], 25.5F, 1e-5);
}

}  // namespace
}  // namespace panohead::render
