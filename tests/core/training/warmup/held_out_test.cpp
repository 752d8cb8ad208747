#include "core/training/warmup/held_out.h"

#include "core/tensor/prelude.h"
#include "tests/core/training/warmup/small_heads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

// A generator whose density is high everywhere inside the crop, so that w shows in the colours.
Generator solidGenerator() {
  const at::NoGradGuard no_grad;
  Generator generator(smallHeadConfig(), 1);
  generator.store().at("decoder.net.2.bias")[0] = 30;
  return generator;
}

TEST(HeldOut, FittingFindsAPersonThatTheGeneratorCanDraw) {
  const Generator generator = solidGenerator();
  at::manual_seed(3);  // of the person looked for
  PeoplePictures people = discPeople(1);
  const at::Tensor truth = at::randn({1, 64}) * 1.5;
  people.load = [&, labels = people.labels](std::uint32_t index) {
    const at::NoGradGuard no_grad;
    const at::Tensor label = at::from_blob(const_cast<float*>(labels[index].data()), {1, 25});
    const at::Tensor ws = truth.unsqueeze(1).expand({-1, generator.numWs(), -1});
    SynthesisSettings settings = generator.defaultSettings();
    settings.super_resolution = false;
    const SynthesisOutput out = generator.draw(generator.planes(ws, {}), {}, truth, label, settings);
    const auto bytes = [](const at::Tensor& t) {
      return at::upsample_nearest2d(t, {kSmallResolution, kSmallResolution})
          .clamp(0, 255)
          .round()
          .to(at::kByte)[0]
          .permute({1, 2, 0})
          .contiguous();
    };
    const at::Tensor picture = bytes(out.image_raw * 127.5 + 127.5);
    const at::Tensor mask = bytes(out.mask * 255);
    LoadedItem item{
        Image(kSmallResolution, kSmallResolution, 3), Image(kSmallResolution, kSmallResolution, 1), {}};
    std::copy_n(picture.data_ptr<std::uint8_t>(), picture.numel(), item.picture.pixels.begin());
    std::copy_n(mask.data_ptr<std::uint8_t>(), mask.numel(), item.mask.pixels.begin());
    return item;
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  HeldOutOptions options;
  options.steps = 40;
  options.fitted_views = 3;
  options.rays = 64;
  options.samples = 8;
  options.pull = 0;
  options.rate = 0.1;
  const HeldOutResult result = measureHeldOut(
      generator, bank, {0}, [](std::int64_t) { return at::zeros({1, 64}); }, 64 - kSmallBackground, options);
  EXPECT_EQ(result.people, 1);
  EXPECT_GT(result.fitted_psnr, result.start_psnr + 1);
  EXPECT_GT(result.unseen_psnr, result.start_psnr) << "the view that was not fitted gains, too";
}

TEST(HeldOut, PsnrIsThatOfTheDefinition) {
  // An empty scene is black everywhere: the error is that of the disc alone.
  const at::NoGradGuard no_grad;
  PeoplePictures people = discPeople(1);
  people.load = [load = people.load](std::uint32_t index) {
    LoadedItem item = load(index);
    std::fill(item.picture.pixels.begin(), item.picture.pixels.end(), std::uint8_t{200});
    return item;
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  Generator generator(smallHeadConfig(), 1);
  prepareForWarmup(generator, kSmallBackground);
  generator.store().at("decoder.net.2.weight").zero_();
  generator.store().at("decoder.net.2.bias").zero_();
  generator.store().at("decoder.net.2.bias")[0] = -100;
  // Mean of the squared mask: pixels at the rim count less than by their area.
  double square = 0;
  const auto picture = bank.get(0);
  for (std::size_t i = 3; i < picture->small.size(); i += 4) {
    square += std::pow(picture->small[i] / 255.0 * 200 / 127.5, 2) / (kSmallNeural * kSmallNeural);
  }
  EXPECT_NEAR(rawPsnr(generator, bank, at::zeros({1, 64}), {0, 1}), -10 * std::log10(square / 4), 0.01);
}

TEST(HeldOut, PeopleAreSpreadOverTheLast) {
  EXPECT_EQ(chooseHeldOut(1500, 50, 8),
            (std::vector<std::int64_t>{1450, 1457, 1464, 1471, 1478, 1485, 1492, 1499}));
}

}  // namespace
}  // namespace panohead
