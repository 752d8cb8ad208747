#include "core/base/canvas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

constexpr Rgb kBlack{0, 0, 0};
constexpr Rgb kWhite{255, 255, 255};

/// The red channel as text, a line a row.
std::string dots(const Canvas& canvas) {
  std::string text;
  for (int y = 0; y < canvas.image().height; ++y) {
    for (int x = 0; x < canvas.image().width; ++x) {
      text += canvas.image().row(y)[3 * x] > 127 ? '#' : '.';
    }
    text += '\n';
  }
  return text;
}

TEST(Canvas, TextIsReadable) {
  Canvas canvas(textWidth("-7y"), kTextHeight, kBlack);
  canvas.drawText(0, 0, "-7y", kWhite);
  EXPECT_EQ(dots(canvas),
            "......#####.#...#\n"
            "..........#.#...#\n"
            ".........#..#...#\n"
            "#####...#....#.#.\n"
            ".......#......#..\n"
            ".......#......#..\n"
            ".......#......#..\n");
}

TEST(Canvas, TextGrowsWithItsScale) {
  Canvas small(5, 7, kBlack);
  small.drawText(0, 0, "A", kWhite);
  Canvas large(10, 14, kBlack);
  large.drawText(0, 0, "A", kWhite, 2);
  for (int y = 0; y < 14; ++y) {
    for (int x = 0; x < 10; ++x) {
      EXPECT_EQ(large.image().row(y)[3 * x], small.image().row(y / 2)[3 * (x / 2)]);
    }
  }
}

TEST(Canvas, EveryPrintableCharacterDrawsSomething) {
  for (char c = '!'; c <= '~'; ++c) {
    Canvas canvas(5, 7, kBlack);
    canvas.drawText(0, 0, std::string_view(&c, 1), kWhite);
    EXPECT_THAT(dots(canvas), testing::HasSubstr("#")) << c;
  }
}

TEST(Canvas, WhatLiesOutsideIsCutAway) {
  Canvas canvas(3, 2, kBlack);
  canvas.fillRectangle(-5, 1, 7, 50, kWhite);
  EXPECT_EQ(dots(canvas), "...\n##.\n");
  canvas.drawText(-100, 40, "outside", kWhite);
  canvas.drawImage(2, -1, Image(9, 9, 1));
  EXPECT_EQ(dots(canvas), "...\n##.\n");
}

TEST(Canvas, ImagesAreDrawnGreyOrColoured) {
  Canvas canvas(2, 1, kWhite);
  Image grey(1, 1, 1);
  grey.pixels = {90};
  canvas.drawImage(1, 0, grey);
  EXPECT_THAT(canvas.image().pixels, testing::ElementsAre(255, 255, 255, 90, 90, 90));
  Image colour(1, 1, 3);
  colour.pixels = {1, 2, 3};
  canvas.drawImage(0, 0, colour);
  EXPECT_THAT(canvas.image().pixels, testing::ElementsAre(1, 2, 3, 90, 90, 90));
}

}  // namespace
}  // namespace panohead
