#include "core/training/metrics/picture_measures.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/background_swap.h"
#include "core/training/metrics/mirrored_face.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

at::Tensor noisePicture(std::int64_t size, std::uint64_t seed) {
  return at::rand({1, 3, size, size}, at::detail::createCPUGenerator(seed), at::kFloat) * 2 - 1;
}

at::Tensor discMask(std::int64_t size, double radius) {
  const at::Tensor place = (at::arange(size, at::kFloat) + 0.5) / static_cast<double>(size) - 0.5;
  const at::Tensor squared = place.square().unsqueeze(1) + place.square().unsqueeze(0);
  return (squared < radius * radius).to(at::kFloat).view({1, 1, size, size});
}

// Random blobs about `pixels` large, with full contrast.
at::Tensor blobs(std::int64_t size, double pixels, std::uint64_t seed) {
  const at::Tensor y = maskedBlur(noisePicture(size, seed), at::ones({1, 1, size, size}), pixels);
  const at::Tensor centred = y - y.mean();
  return (centred / centred.std() * 0.3).clamp(-1, 1);
}

TEST(BandEnergy, FallsWithBlurAndRisesWithNoise) {
  const at::Tensor sharp = blobs(64, 1, 1);
  double previous = 1;
  for (const double sigma : {0.5, 1.0, 2.0, 3.0}) {
    const double share = bandEnergy(maskedBlur(sharp, at::ones({1, 1, 64, 64}), sigma)).finest;
    EXPECT_LT(share, previous) << sigma;
    previous = share;
  }
  EXPECT_LT(previous, 0.02);
  EXPECT_GT(bandEnergy(noisePicture(64, 2)).finest, 0.8);
}

TEST(BandEnergy, KnowsNeitherContrastNorWhatIsOutside) {
  const at::Tensor picture = blobs(64, 2, 1), mask = discMask(64, 0.35);
  const BandEnergy energy = bandEnergy(picture, mask);
  EXPECT_NEAR(bandEnergy(picture * 0.5 + 0.2, mask).finest, energy.finest, 1e-5);
  EXPECT_NEAR(bandEnergy(picture * 0.5 + 0.2, mask).finest_rms, energy.finest_rms / 2, 1e-6);
  const at::Tensor other = at::where(mask > 0.5, picture, noisePicture(64, 3));
  EXPECT_NEAR(bandEnergy(other, mask).finest, energy.finest, 1e-6);
  EXPECT_GT(bandEnergy(other).finest, 2 * energy.finest);
  EXPECT_GE(energy.fine, energy.finest);
  EXPECT_LE(energy.fine, 1);
}

TEST(BandEnergy, HasNoValueWithoutPictureOrMask) {
  EXPECT_TRUE(std::isnan(bandEnergy(at::zeros({1, 3, 32, 32})).finest));
  EXPECT_TRUE(std::isnan(bandEnergy(noisePicture(32, 1), at::zeros({1, 1, 32, 32})).finest));
}

TEST(NormalisedCorrelation, IsThatOfWeightedPixels) {
  const at::Tensor a = luminance(noisePicture(32, 1)), b = luminance(noisePicture(32, 2));
  const at::Tensor weight = discMask(32, 0.4);
  EXPECT_NEAR(normalisedCorrelation(a, a * 0.3 + 0.1, weight), 1, 1e-5);
  EXPECT_NEAR(normalisedCorrelation(a, 1 - a, weight), -1, 1e-5);
  EXPECT_LT(std::abs(normalisedCorrelation(a, b, weight)), 0.15);
  EXPECT_EQ(normalisedCorrelation(a, at::ones_like(a), weight), 0);
  EXPECT_EQ(normalisedCorrelation(a, a, at::zeros_like(a)), 0);
}

TEST(Eroded, TakesTheRimAway) {
  at::Tensor mask = at::zeros({1, 1, 9, 9});
  mask.slice(2, 2, 7).slice(3, 2, 7).fill_(1);
  EXPECT_EQ(eroded(mask, 1).sum().item<double>(), 9);
  EXPECT_EQ(eroded(at::ones({1, 1, 9, 9}), 2).sum().item<double>(), 25);
}

TEST(MirroredFace, TellsTheFaceOnTheBackFromHairAndFromAnotherFace) {
  const at::Tensor mask = discMask(64, 0.4);
  const auto head = [&](std::uint64_t face, bool on_the_back) {
    const at::Tensor front = blobs(64, 2, face);
    return FrontAndBack{front, mask, on_the_back ? front.flip(3) : blobs(64, 2, face + 100), mask};
  };
  const MirroredFace bad = mirroredFace({head(1, true), head(2, true), head(3, true)});
  const MirroredFace good = mirroredFace({head(1, false), head(2, false), head(3, false)});
  ASSERT_EQ(bad.own.size(), 3U);
  ASSERT_EQ(bad.others.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(bad.own[i].detail, 0.99);
    EXPECT_GT(bad.own[i].luminance, 0.99);
    EXPECT_LT(std::abs(bad.others[i].detail), 0.3);
    EXPECT_LT(std::abs(good.own[i].detail), 0.3);
  }
  // Not flipped: a face printed on a plane in front of the back, which no tri-plane makes.
  const FrontAndBack plain{head(1, true).front, mask, head(1, true).front, mask};
  EXPECT_LT(std::abs(mirrorSimilarity(plain, plain).detail), 0.3);
  EXPECT_TRUE(mirroredFace({head(1, true)}).others.empty());
}

TEST(MirroredFace, WhatAllHeadsHaveInCommonCancels) {
  // Round shading correlates on every head with every other; the score is what is left.
  const at::Tensor mask = discMask(64, 0.4);
  const at::Tensor place = (at::arange(64, at::kFloat) + 0.5) / 64.0 - 0.5;
  const at::Tensor shading =
      (0.5 - 6 * (place.square().unsqueeze(1) + place.square().unsqueeze(0))).expand({1, 3, 64, 64});
  const auto head = [&](std::uint64_t seed) {
    return FrontAndBack{
        shading + blobs(64, 2, seed) * 0.1, mask, shading + blobs(64, 2, seed + 50) * 0.1, mask};
  };
  const MirroredFace heads = mirroredFace({head(1), head(2), head(3)});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(heads.own[i].luminance, 0.8);
    EXPECT_NEAR(heads.own[i].luminance, heads.others[i].luminance, 0.05);
    EXPECT_NEAR(heads.own[i].detail, heads.others[i].detail, 0.1);
  }
}

SwappedView exactComposite() {
  SwappedView view;
  view.mask = discMask(32, 0.3);
  view.own_background = noisePicture(64, 1);
  view.other_background = noisePicture(64, 2);
  const at::Tensor alpha = nn::resizeBilinear(view.mask, 64, 64, false);
  const at::Tensor head = noisePicture(64, 3);
  view.own = alpha * head + (1 - alpha) * view.own_background;
  view.other = alpha * head + (1 - alpha) * view.other_background;
  return view;
}

TEST(BackgroundSwap, OfAnExactCompositeIsPerfect) {
  const BackgroundSwap swap = backgroundSwap(exactComposite());
  EXPECT_LT(swap.mask_mse, 1e-8);
  EXPECT_LT(swap.inside_mse, 1e-3);  // the mask counts from 0.95 on
  EXPECT_LT(swap.inside_mae, 2e-2);
  EXPECT_GT(swap.outside_mae, 0.2);
}

TEST(BackgroundSwap, SeesAHeadThatChangesWithItsBackground) {
  SwappedView view = exactComposite();
  view.other = view.other_background;  // the head is gone
  const BackgroundSwap swap = backgroundSwap(view);
  EXPECT_GT(swap.mask_mse, 0.1);
  EXPECT_GT(swap.inside_mae, 0.2);
  SwappedView shining = exactComposite();
  const at::Tensor alpha = nn::resizeBilinear(shining.mask, 64, 64, false) * 0.9;
  shining.own = (1 - alpha) * shining.own_background;
  shining.other = (1 - alpha) * shining.other_background;
  // A tenth of the background shines through the head: (0.1)^2 over the disc.
  const double area = shining.mask.mean().item<double>();
  EXPECT_NEAR(backgroundSwap(shining).mask_mse, 0.01 * area, 0.001 * area);
}

TEST(BackgroundSwap, HasNoMaskErrorWithoutASwap) {
  SwappedView view = exactComposite();
  view.other = view.own;
  view.other_background = view.own_background;
  const BackgroundSwap swap = backgroundSwap(view);
  EXPECT_TRUE(std::isnan(swap.mask_mse));
  EXPECT_EQ(swap.outside_mae, 0);
}

}  // namespace
}  // namespace panohead
