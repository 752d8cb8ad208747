#include "core/training/warmup/held_out.h"

#include "core/tensor/prelude.h"
#include "tests/core/training/warmup/small_heads.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using namespace test;

TEST(DetailShare, IsLargeForNoiseAndSmallForSmoothPictures) {
  const at::Tensor noise = at::randn({3, 64, 64});
  const at::Tensor mask = at::ones({64, 64});
  DetailShare rough;
  rough.add(noise, mask);
  // White noise has the same energy everywhere: the share is that of the area, 1 - pi / 4 * (0.25 / 0.5)^2.
  EXPECT_NEAR(rough.value(), 1 - M_PI / 16, 0.05);
  DetailShare smooth;
  smooth.add(at::linspace(-1, 1, 64).expand({3, 64, 64}), mask);
  EXPECT_LT(smooth.value(), 1e-3);
}

TEST(DetailShare, SeesTheForegroundOnly) {
  at::Tensor picture = at::randn({3, 64, 64});
  at::Tensor mask = at::zeros({64, 64});
  mask.narrow(1, 0, 32).fill_(1);
  picture.narrow(2, 0, 32).copy_(at::linspace(-1, 1, 32).expand({3, 64, 32}));
  DetailShare share;
  share.add(picture, mask);
  EXPECT_LT(share.value(), 1e-2);
  DetailShare nothing;
  nothing.add(picture, at::zeros({64, 64}));
  EXPECT_EQ(nothing.value(), 0);
}

TEST(DetailShare, FallsWhenAPictureIsBlurred) {
  const at::Tensor picture = at::randn({1, 3, 96, 96});
  const at::Tensor mask = at::ones({96, 96});
  DetailShare sharp, soft;
  sharp.add(picture[0], mask);
  soft.add(at::avg_pool2d(picture, 3, 1, 1)[0], mask);
  EXPECT_LT(soft.value(), 0.5 * sharp.value());
}

TEST(HeldOut, FittingBringsTheRawPictureNearer) {
  PictureBank bank(discPeople(3), kSmallNeural, 64);
  Generator generator(smallHeadConfig(), 1);
  prepareForWarmup(generator, kSmallBackground);
  HeldOutOptions options;
  options.steps = 15;
  options.fitted_views = 3;
  options.rays = 64;
  options.samples = 8;
  const HeldOutResult result = measureHeldOut(
      generator, bank, {2}, [](std::int64_t) { return at::zeros({1, 64}); }, 64 - kSmallBackground, options);
  EXPECT_EQ(result.people, 1);
  EXPECT_GT(result.fitted_psnr, result.start_psnr + 0.2);
}

TEST(HeldOut, PsnrIsThatOfTheDefinition) {
  // An empty scene is black everywhere: the error is that of the disc alone.
  const at::NoGradGuard no_grad;
  PictureBank bank(discPeople(1), kSmallNeural, 64);
  Generator generator(smallHeadConfig(), 1);
  prepareForWarmup(generator, kSmallBackground);
  generator.store().at("decoder.net.2.weight").zero_();
  generator.store().at("decoder.net.2.bias").zero_();
  generator.store().at("decoder.net.2.bias")[0] = -100;
  double square = 0;
  for (int channel = 0; channel < 3; ++channel) {
    const double difference = colourOf(0)[channel] / 127.5;
    square += difference * difference / 3;
  }
  const double expected = -10 * std::log10(square * M_PI * 40 * 40 / (128.0 * 128.0) / 4);
  EXPECT_NEAR(rawPsnr(generator, bank, at::zeros({1, 64}), {0, 1}), expected, 0.15);
}

TEST(HeldOut, PeopleAreSpreadOverTheLast) {
  EXPECT_EQ(chooseHeldOut(1500, 50, 8),
            (std::vector<std::int64_t>{1450, 1457, 1464, 1471, 1478, 1485, 1492, 1499}));
}

}  // namespace
}  // namespace panohead
