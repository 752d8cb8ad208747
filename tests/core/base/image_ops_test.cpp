#include "core/base/image_ops.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace panohead {
namespace {

using testing::ElementsAre;

Image grey(int width, int height, std::vector<std::uint8_t> pixels) {
  Image image(width, height, 1);
  image.pixels = std::move(pixels);
  return image;
}

TEST(ImageOps, ResizingToTheSameSizeChangesNothing) {
  const Image image = grey(3, 2, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(resized(image, 3, 2).pixels, image.pixels);
}

TEST(ImageOps, EnlargingIsLinearBetweenPixelCentres) {
  EXPECT_THAT(resized(grey(2, 1, {0, 100}), 4, 1).pixels, ElementsAre(0, 25, 75, 100));
}

TEST(ImageOps, ShrinkingKeepsTheMeanOfAFinePattern) {
  Image stripes(64, 8, 1);
  for (std::size_t i = 0; i < stripes.pixels.size(); ++i) {
    stripes.pixels[i] = i % 2 ? 200 : 0;
  }
  const Image small = resized(stripes, 8, 2);
  for (int x = 1; x < 7; ++x) {
    EXPECT_NEAR(small.row(0)[x], 100, 2);
  }
}

TEST(ImageOps, HiddenColoursDoNotBleedWhenResizing) {
  Image image(2, 1, 4);
  image.pixels = {10, 20, 30, 255, 255, 255, 255, 0};
  const Image wide = resized(image, 4, 1);
  for (int x = 0; x < 3; ++x) {
    EXPECT_THAT(std::vector(wide.row(0) + 4 * x, wide.row(0) + 4 * x + 3), ElementsAre(10, 20, 30)) << x;
  }
}

TEST(ImageOps, ChannelsAreConvertedBothWays) {
  const Image rgba = withChannels(grey(1, 1, {77}), 4);
  EXPECT_THAT(rgba.pixels, ElementsAre(77, 77, 77, 255));
  EXPECT_THAT(withChannels(rgba, 1).pixels, ElementsAre(77));
  EXPECT_THAT(withChannels(rgba, 3).pixels, ElementsAre(77, 77, 77));
}

TEST(ImageOps, TilesFillRowByRowAndTheRestIsBlack) {
  const std::vector<Image> images{grey(1, 1, {1}), grey(1, 1, {2}), grey(1, 1, {3})};
  const Image sheet = tiled(images, 2);
  EXPECT_EQ(sheet.width, 2);
  EXPECT_EQ(sheet.height, 2);
  EXPECT_THAT(sheet.pixels, ElementsAre(1, 2, 3, 0));
}

TEST(ImageOps, TilesOfDifferentSizesAreRefused) {
  const std::vector<Image> images{grey(1, 1, {1}), grey(2, 1, {2, 2})};
  EXPECT_THROW(tiled(images, 2), OptionError);
}

TEST(ImageOps, AreaDownsamplingIsTheMeanOfWhatIsCovered) {
  Image image(3, 2, 1);
  image.pixels = {0, 30, 90, 60, 90, 150};
  EXPECT_THAT(areaDownsampled(image, 1, 1).pixels, testing::ElementsAre(70));
  // One and a half pixels each: (0 + 30 / 2) / 1.5 and (30 / 2 + 90) / 1.5.
  EXPECT_THAT(areaDownsampled(image, 2, 2).pixels, testing::ElementsAre(10, 70, 70, 130));
  EXPECT_EQ(areaDownsampled(image, 3, 2).pixels, image.pixels);
  EXPECT_THROW(areaDownsampled(image, 4, 2), OptionError);
}

TEST(ImageOps, AreaDownsamplingKeepsFlatPicturesFlatAtOddRatios) {
  Image image(563, 563, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{201});
  EXPECT_THAT(areaDownsampled(image, 512, 512).pixels, testing::Each(201));
}

TEST(ImageOps, MirroringExchangesLeftAndRight) {
  Image image(3, 2, 2);
  image.pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  EXPECT_THAT(mirroredImage(image).pixels, testing::ElementsAre(5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8));
  EXPECT_EQ(mirroredImage(mirroredImage(image)).pixels, image.pixels);
}

}  // namespace
}  // namespace panohead
