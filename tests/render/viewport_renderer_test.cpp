#include "render/viewport_renderer.h"

#include "core/base/error.h"
#include "render/gl/framebuffer.h"
#include "tests/support/gl_fixture.h"
#include "tests/support/image_psnr.h"

#include <gtest/gtest.h>

#include <random>

namespace panohead::render {
namespace {

Frame noiseFrame(int size, int channels) {
  Frame frame;
  frame.picture = Image(size, size, channels);
  std::mt19937 random(7);
  for (std::uint8_t& value : frame.picture.pixels) {
    value = static_cast<std::uint8_t>(random());
  }
  frame.times = {{"rendering", 12.5}};
  return frame;
}

Frame plainFrame(int size, std::array<std::uint8_t, 4> colour) {
  Frame frame;
  frame.picture = Image(size, size, 4);
  for (std::size_t i = 0; i < frame.picture.pixels.size(); ++i) {
    frame.picture.pixels[i] = colour[i % 4];
  }
  return frame;
}

Image crop(const Image& image, int left, int top, int size) {
  Image result(size, size, image.channels);
  for (int y = 0; y < size; ++y) {
    const std::uint8_t* begin = image.row(top + y) + left * image.channels;
    std::copy(begin, begin + result.rowBytes(), result.row(y));
  }
  return result;
}

class ViewportRendererTest : public test::GlFixture<> {
 protected:
  void SetUp() override {
    GlFixture::SetUp();
    if (IsSkipped()) {
      return;
    }
    renderer_ = std::make_unique<ViewportRenderer>(&test::EglContext::load, "");
  }

  Image draw(const ViewportState& state, const HudContent& hud = {}) {
    const Framebuffer target(context_, state.size.x, state.size.y);
    target.bind();
    renderer_->draw(state, hud);
    return target.read();
  }

  std::unique_ptr<ViewportRenderer> renderer_;
};

TEST_F(ViewportRendererTest, PictureAtItsOwnSizeIsCopiedExactly) {
  const Frame frame = noiseFrame(96, 3);
  renderer_->setFrame(frame);
  const Image fitted = draw({{160, 96}, 1, false, false});
  EXPECT_EQ(test::psnr(crop(fitted, 32, 0, 96), frame.picture), 99);
  const Image actual = draw({{201, 151}, 2, true, false});
  EXPECT_EQ(test::psnr(crop(actual, (201 - 96) / 2, 151 - (151 - 96) / 2 - 96, 96), frame.picture), 99);
}

TEST_F(ViewportRendererTest, RehearsalLeavesNothingToSee) {
  const ViewportState state{{64, 64}, 1, false, true};
  const Image empty = draw(state);
  const Framebuffer target(context_, 64, 64);
  target.bind();
  renderer_->rehearse(state);
  EXPECT_EQ(test::psnr(draw(state), empty), 99);
}

TEST_F(ViewportRendererTest, PictureLargerThanTheViewportIsCutNotScaled) {
  const Frame frame = noiseFrame(128, 3);
  renderer_->setFrame(frame);
  const Image image = draw({{64, 64}, 1, true, false});
  EXPECT_EQ(test::psnr(image, crop(frame.picture, 32, 32, 64)), 99);
}

TEST_F(ViewportRendererTest, LetterboxIsCentredAndDark) {
  renderer_->setFrame(plainFrame(16, {255, 255, 255, 255}));
  const Image image = draw({{300, 100}, 1, false, false});
  EXPECT_LT(image.row(50)[99 * 4], 40);
  EXPECT_EQ(image.row(50)[100 * 4], 255);
  EXPECT_EQ(image.row(50)[199 * 4], 255);
  EXPECT_LT(image.row(50)[200 * 4], 40);
}

TEST_F(ViewportRendererTest, EnlargingIsSmooth) {
  Frame frame;
  frame.picture = Image(2, 2, 3);
  frame.picture.pixels = {0, 0, 0, 200, 200, 200, 0, 0, 0, 200, 200, 200};
  renderer_->setFrame(frame);
  const Image image = draw({{64, 64}, 1, false, false});
  for (int x = 1; x < 64; ++x) {
    EXPECT_LE(image.row(32)[4 * (x - 1)], image.row(32)[4 * x]);
    EXPECT_LE(image.row(32)[4 * x] - image.row(32)[4 * (x - 1)], 10);
  }
}

TEST_F(ViewportRendererTest, TransparentPictureLiesOnACheckerboard) {
  renderer_->setFrame(plainFrame(64, {255, 0, 0, 0}));
  const Image clear = draw({{64, 64}, 1, false, false});
  EXPECT_NE(clear.row(4)[4 * 4], clear.row(4)[4 * 12]) << "neighbouring squares have one colour";
  EXPECT_EQ(clear.row(4)[4 * 4], clear.row(4)[4 * 20]);
  EXPECT_EQ(clear.row(4)[4 * 4], clear.row(4)[4 * 4 + 1]) << "the colour of invisible pixels shines through";
  renderer_->setFrame(plainFrame(64, {250, 20, 60, 255}));
  const Image opaque = draw({{64, 64}, 1, false, false});
  EXPECT_EQ(opaque.row(40)[4 * 40], 250);
  EXPECT_EQ(opaque.row(40)[4 * 40 + 1], 20);
  EXPECT_EQ(opaque.row(40)[4 * 40 + 2], 60);
}

TEST_F(ViewportRendererTest, GreyPictureIsGrey) {
  const Frame frame = noiseFrame(64, 1);
  renderer_->setFrame(frame);
  const Image image = draw({{64, 64}, 1, false, false});
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_EQ(image.row(20)[4 * 30 + channel], frame.picture.row(20)[30]);
  }
}

/// As many lines as the window tells.
HudContent tenLines() {
  HudContent hud{.footer = "CPU, 2 threads, LibTorch 2.13.0"};
  hud.lines.assign(9, {"samples", "48 per ray"});
  hud.lines.push_back({"background and raw picture", "12.0 ms"});
  return hud;
}

TEST_F(ViewportRendererTest, HudLeavesTheUpperHalfOfAPictureAlone) {
  const Frame frame = noiseFrame(512, 3);
  renderer_->setFrame(frame);
  const ViewportState state{{512, 512}, 1, false, true};
  const Image image = draw(state, tenLines());
  EXPECT_LT(test::psnr(crop(image, 20, 400, 90), crop(frame.picture, 20, 400, 90)), 30)
      << "over the lower left corner";
  EXPECT_EQ(test::psnr(crop(image, 0, 0, 256), crop(frame.picture, 0, 0, 256)), 99);
  EXPECT_EQ(test::psnr(crop(image, 256, 0, 256), crop(frame.picture, 256, 0, 256)), 99);
  EXPECT_EQ(test::psnr(crop(image, 280, 300, 100), crop(frame.picture, 280, 300, 100)), 99) << "nor the chin";
  EXPECT_EQ(test::psnr(draw(state, tenLines()), image), 99)
      << "the picture after the HUD differs from the first";
}

TEST_F(ViewportRendererTest, HudIsBesideThePictureWhereThereIsRoom) {
  const Frame frame = noiseFrame(300, 3);
  renderer_->setFrame(frame);
  const Image image = draw({{1000, 300}, 1, false, true}, tenLines());
  EXPECT_EQ(test::psnr(crop(image, 350, 0, 300), frame.picture), 99);
  const Image bare = draw({{1000, 300}, 1, false, false}, tenLines());
  EXPECT_LT(test::psnr(crop(image, 20, 20, 100), crop(bare, 20, 20, 100)), 60) << "in the upper left corner";
}

TEST_F(ViewportRendererTest, HudIsWholeInLowViewports) {
  for (const int height : {130, 90, 30}) {
    for (const int width : {1000, 300}) {  // beside the picture, and over it
      renderer_->setFrame(plainFrame(100, {90, 90, 90, 255}));
      const Image image = draw({{width, height}, 1, false, true}, tenLines());
      const Image bare = draw({{width, height}, 1, false, false}, tenLines());
      int first = height, last = -1;
      for (int y = 0; y < height; ++y) {
        if (!std::equal(image.row(y), image.row(y) + 4 * 150, bare.row(y))) {
          first = std::min(first, y);
          last = y;
        }
      }
      if (height == 30) {
        EXPECT_EQ(last, -1) << "there is no room for anything";
        continue;
      }
      EXPECT_GE(first, 10) << width << " x " << height;
      EXPECT_LE(last, height - 10) << width << " x " << height;
      EXPECT_GT(last - first, 20) << "nothing is told";
    }
  }
}

TEST_F(ViewportRendererTest, FrameWithoutPictureIsRefusedAndTheLastStays) {
  const Frame frame = noiseFrame(64, 3);
  renderer_->setFrame(frame);
  EXPECT_THROW(renderer_->setFrame({}), DeviceError);
  EXPECT_EQ(test::psnr(draw({{64, 64}, 1, false, false}), frame.picture), 99);
}

TEST_F(ViewportRendererTest, FramesMayChangeSizeAndKind) {
  for (const int size : {64, 32, 96}) {
    for (const int channels : {3, 4, 1, 3}) {
      Frame frame = noiseFrame(size, channels);
      renderer_->setFrame(frame);
      if (channels == 3) {
        EXPECT_EQ(test::psnr(draw({{size, size}, 1, false, false}), frame.picture), 99);
      }
    }
  }
}

TEST(PictureArea, CoarsePictureHasTheSizeOfTheOneItStandsFor) {
  ViewportState state{{400, 300}, 1, true};
  state.rest_side = 256;
  EXPECT_EQ(pictureArea({48, 48}, state).size, glm::ivec2(256));
  EXPECT_EQ(pictureArea({48, 48}, state).corner, glm::ivec2(72, 22));
  state.rest_side = 0;
  EXPECT_EQ(pictureArea({48, 48}, state).size, glm::ivec2(48));
  state.actual_size = false;
  EXPECT_EQ(pictureArea({48, 48}, state).size, glm::ivec2(300));
}

}  // namespace
}  // namespace panohead::render
