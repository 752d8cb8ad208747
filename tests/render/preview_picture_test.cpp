// What the preview shows in each mode and over each background, against renderFrame().
#include "render/preview/preview_picture.h"

#include "render/preview/tri_grid_preview.h"
#include "tests/support/gl_fixture.h"
#include "tests/support/image_psnr.h"
#include "tests/support/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace panohead::render {
namespace {

HeadPtr head(const Background& background) {
  SilentContext context;
  static const ModelPtr model = openModel(test::firstModelFile(), context);
  HeadOptions options{.seed = 3};
  options.background = background;
  return makeHead(model, options, context);
}

/// Wide, with an edge that must not move.
std::shared_ptr<const Image> photo() {
  Image image(150, 100, 3);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(x);
      pixel[1] = static_cast<std::uint8_t>(2 * y);
      pixel[2] = x < 90 ? 20 : 220;
    }
  }
  return std::make_shared<const Image>(std::move(image));
}

class PreviewPictureTest : public test::GlFixture<> {
 protected:
  void expectAlike(const Background& background, RenderMode mode, int resolution, double least) {
    const HeadPtr made = head(background);
    const CameraLabel camera = orbitLabel({.yaw_degrees = 35, .pitch_degrees = 5});
    ViewOptions view;
    view.camera = camera;
    view.mode = mode;
    view.neural_resolution = resolution;
    view.super_resolution = false;
    SilentContext context;
    const Frame frame = renderFrame(*made, view, context);
    const Image& expected = frame.picture;
    TriGridPreview preview(context_);
    const PreviewHead numbers = makePreviewHead(*made);
    preview.setHead(numbers);
    preview.draw({.camera = camera, .resolution = resolution});
    const Image actual = previewPicture(preview.read(), mode, previewBehind(numbers.behind, resolution));
    ASSERT_EQ(actual.channels, expected.channels);
    ASSERT_EQ(actual.width, expected.width);
    const double psnr = mode == RenderMode::Depth
                            ? test::psnr(test::seen(actual, frame), test::seen(expected, frame))
                            : test::psnr(actual, expected);
    fmt::print("background {}, mode {}, {} px: {:.1f} dB\n",
               background.index(),
               static_cast<int>(mode),
               resolution,
               psnr);
    EXPECT_GT(psnr, least);
  }
};

TEST_F(PreviewPictureTest, ModesAreTheProcessors) {
  expectAlike(OwnBackground{}, RenderMode::Picture, 64, 45);
  expectAlike(OwnBackground{}, RenderMode::Raw, 48, 45);
  expectAlike(OwnBackground{}, RenderMode::Mask, 64, 45);
  expectAlike(OwnBackground{}, RenderMode::Depth, 64, 40);
  EXPECT_FALSE(previewShows(RenderMode::Normals));
}

TEST_F(PreviewPictureTest, BackgroundsAreTheProcessors) {
  expectAlike(SeedBackground{9}, RenderMode::Picture, 64, 45);
  expectAlike(ColourBackground{200, 30, 90}, RenderMode::Picture, 64, 40);
  for (const int resolution : {48, 128}) {
    expectAlike(ImageBackground{photo()}, RenderMode::Picture, resolution, 35);
  }
  expectAlike(ImageBackground{photo(), ImageFit::Fit, 3}, RenderMode::Picture, 64, 40);
  expectAlike(NoBackground{}, RenderMode::Picture, 64, 30);
}

}  // namespace
}  // namespace panohead::render
