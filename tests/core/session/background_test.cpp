#include "core/session/background.h"

#include "core/base/error.h"
#include "core/session/head_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::ElementsAre;

TEST(MeanBackground, IsOfTheKindThatHasAMean) {
  const Background red = ColourBackground{200, 0, 10}, blue = ColourBackground{0, 0, 250};
  EXPECT_EQ(meanBackground({{ColourBackground{200, 0, 10}, 0.75}, {ColourBackground{0, 0, 250}, 0.25}}),
            Background(ColourBackground{150, 0, 70}));
  EXPECT_EQ(meanBackground({{SeedBackground{4, 1.0}, 3}, {SeedBackground{4, 0.0}, 1}}),
            Background(SeedBackground{4, 0.75}));
  const auto image = std::make_shared<const Image>(4, 4, 3);
  EXPECT_EQ(meanBackground({{ImageBackground{image, ImageFit::Fit, 2}, 0.5},
                            {ImageBackground{image, ImageFit::Fit, 4}, 0.5}}),
            Background(ImageBackground{image, ImageFit::Fit, 3}));
  EXPECT_EQ(meanBackground({{NoBackground{}, 0.5}, {NoBackground{}, 0.5}}), Background(NoBackground{}));
  EXPECT_NE(red, blue);
}

TEST(MeanBackground, MixesWhatHasNone) {
  const Background mixed = meanBackground({{ColourBackground{1, 2, 3}, 1},
                                           {OwnBackground{}, 2},
                                           {ColourBackground{1, 2, 3}, 1},
                                           {NoBackground{}, 0}});
  EXPECT_THAT(
      sharesOf(mixed),
      ElementsAre(BackgroundShare{ColourBackground{1, 2, 3}, 0.5}, BackgroundShare{OwnBackground{}, 0.5}));
  EXPECT_FALSE(isTransparent(mixed));
  EXPECT_TRUE(isTransparent(meanBackground({{NoBackground{}, 0.1}, {OwnBackground{}, 0.9}})));
  const BackgroundParts parts = partsOf(mixed);
  EXPECT_EQ(parts.generatedWeight(), 0.5);
  EXPECT_EQ(parts.clearWeight(), 0);
  EXPECT_EQ(meanBackground({{SeedBackground{4, 1.0}, -0.1}, {OwnBackground{}, 1.1}}),
            Background(OwnBackground{}))
      << "splines have weights below 0";
}

TEST(MeanBackground, OfAModelWithoutBackgroundNetworkHasNoSeeds) {
  const ColourBackground colour{9, 9, 9};
  EXPECT_EQ(withoutSeeds(SeedBackground{3, {}}), Background(OwnBackground{}));
  EXPECT_EQ(withoutSeeds(colour), Background(colour));
  EXPECT_EQ(withoutSeeds(MixedBackground{{{SeedBackground{3, 1.0}, 0.5}, {SeedBackground{4, 1.0}, 0.5}}}),
            Background(OwnBackground{}));
  EXPECT_THAT(sharesOf(withoutSeeds(MixedBackground{{{SeedBackground{3, 1.0}, 0.5}, {colour, 0.5}}})),
              ElementsAre(BackgroundShare{OwnBackground{}, 0.5}, BackgroundShare{colour, 0.5}));
}

TEST(BackgroundBetween, OfHeadsThatShareOneStaysIt) {
  HeadOptions a{.seed = 1}, b{.seed = 2, .truncation_psi = 0.5};
  EXPECT_EQ(interpolated(a, b, 0.3).background, Background(OwnBackground{}));
  a.background = b.background = SeedBackground{7, {}};
  EXPECT_EQ(interpolated(a, b, 0.3).background, Background(SeedBackground{7, {}}));
  b.background = SeedBackground{8, 1.0};
  const Background mixed = interpolated(a, b, 0.25).background;
  EXPECT_THAT(sharesOf(mixed),
              ElementsAre(BackgroundShare{SeedBackground{7, 0.7}, 0.75},
                          BackgroundShare{SeedBackground{8, 1.0}, 0.25}))
      << "a truncation that was the head's stays what it was";
  // A moment that was kept, and moves on.
  HeadOptions kept = interpolated(a, b, 0.5);
  EXPECT_EQ(sharesOf(interpolated(kept, b, 0.5).background).front(),
            (BackgroundShare{SeedBackground{7, 0.7}, 0.25}));
}

TEST(BackgroundBetween, SharesThatMakeNoSenseAreRefused) {
  HeadOptions head;
  head.background = MixedBackground{{{OwnBackground{}, 0.5}}};
  EXPECT_THROW(head.check(), OptionError);
  head.background = MixedBackground{{{OwnBackground{}, 1.5}, {NoBackground{}, -0.5}}};
  EXPECT_THROW(head.check(), OptionError);
  head.background = MixedBackground{{{OwnBackground{}, 0.5}, {ImageBackground{}, 0.5}}};
  EXPECT_THROW(head.check(), OptionError);
  head.background = MixedBackground{{{OwnBackground{}, 0.5}, {PersonBackground{}, 0.5}}};
  EXPECT_THROW(head.check(), OptionError);
  head.background = MixedBackground{};
  EXPECT_THROW(head.check(), OptionError);
}

}  // namespace
}  // namespace panohead
