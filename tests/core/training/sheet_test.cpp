#include "core/training/sheet.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <gtest/gtest.h>

#include <limits>

namespace panohead {
namespace {

TEST(Sheet, PicturesLieRowByRow) {
  const at::Tensor pictures = at::zeros({3, 3, 4, 4});
  pictures[0].fill_(-1);
  pictures[1].fill_(1);
  pictures[2][0].fill_(5);
  const Image image = sheet(pictures, SheetKind::Picture, 2);
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 8);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.row(0)[0], 0);
  EXPECT_EQ(image.row(0)[4 * 3], 255);
  EXPECT_EQ(image.row(4)[0], 255);  // clamped
  EXPECT_EQ(image.row(4)[1], 128);
  EXPECT_EQ(image.row(7)[7 * 3], 0);  // left over
}

TEST(Sheet, IsAboutSquareWhenNoColumnsAreGiven) {
  EXPECT_EQ(sheet(at::zeros({9, 1, 2, 2}), SheetKind::Mask).width, 6);
  EXPECT_EQ(sheet(at::zeros({10, 1, 2, 2}), SheetKind::Mask).width, 8);
  EXPECT_EQ(sheet(at::zeros({1, 1, 2, 2}), SheetKind::Mask).width, 2);
}

TEST(Sheet, MasksAreGrey) {
  const Image image = sheet(at::tensor({0.0F, 0.5F, 1.0F, 1.1F}).view({1, 1, 2, 2}), SheetKind::Mask);
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{0, 128, 255, 255}));
}

TEST(Sheet, NearIsBright) {
  const Image image = sheet(at::tensor({2.5F, 2.6F, 2.7F, 2.7F}).view({1, 1, 2, 2}), SheetKind::Depth);
  EXPECT_EQ(image.pixels[0], 255);
  EXPECT_NEAR(image.pixels[1], 128, 1);
  EXPECT_EQ(image.pixels[2], 0);
  EXPECT_EQ(sheet(at::full({1, 1, 2, 2}, 2.7), SheetKind::Depth).pixels, std::vector<std::uint8_t>(4, 0));
}

TEST(Sheet, NumbersThatAreNotFiniteAreDrawn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(sheet(at::full({1, 3, 1, 1}, nan), SheetKind::Picture).pixels, std::vector<std::uint8_t>(3, 128));
}

TEST(Sheet, OtherShapesAreRefused) {
  EXPECT_THROW(sheet(at::zeros({3, 4, 4}), SheetKind::Picture), Error);
  EXPECT_THROW(sheet(at::zeros({1, 1, 4, 4}), SheetKind::Picture), Error);
  EXPECT_THROW(sheet(at::zeros({0, 3, 4, 4}), SheetKind::Picture), Error);
}

}  // namespace
}  // namespace panohead
