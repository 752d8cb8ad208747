// The metrics on volumes whose shape and colours are written into the tri-grid by hand: a ball with a
// picture on it.
#include "core/generator/generator.h"
#include "core/nn/resample.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"
#include "core/training/metrics/mirrored_face.h"
#include "core/training/metrics/view_warp.h"
#include "tests/support/small_config.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

constexpr double kRadius = 0.25;
constexpr std::int64_t kSize = 64;  // of a grid
constexpr std::int64_t kSlices = 3;

Generator plainGenerator() {
  GeneratorConfig config = test::smallConfig(16, 20);
  config.triplane_size = kSize;
  config.triplane_depth = kSlices;
  config.neural_resolution = 48;
  config.torgb_raw = false;  // the raw picture is the first three features
  Generator generator(config, 1);
  // A decoder that passes the first four channels on: far out, softplus is the identity.
  constexpr double kFar = 50;
  const auto parameter = [&](const char* name) { return generator.store().at(name); };
  const at::NoGradGuard no_grad;
  for (const char* name :
       {"decoder.net.0.weight", "decoder.net.0.bias", "decoder.net.2.weight", "decoder.net.2.bias"}) {
    parameter(name).zero_();
  }
  for (std::int64_t i = 0; i < 4; ++i) {
    parameter("decoder.net.0.weight")[i][i].fill_(std::sqrt(32.0));
    parameter("decoder.net.0.bias")[i].fill_(kFar);
    parameter("decoder.net.2.weight")[i][i].fill_(8.0);
    parameter("decoder.net.2.bias")[i].fill_(-kFar);
  }
  return generator;
}

// Random blobs of eyes' size. [3, kSize, kSize]
at::Tensor blobs(std::uint64_t seed) {
  const at::Tensor noise =
      at::randn({1, 3, kSize / 4, kSize / 4}, at::detail::createCPUGenerator(seed), at::kFloat);
  return nn::resizeBilinear(noise, kSize, kSize, false).squeeze(0).mul(0.5).clamp(-0.9, 0.9);
}

// Tri-grids of a ball whose front (+z), middle and back carry a texture of x and y.
at::Tensor paintedBall(const at::Tensor& front, const at::Tensor& middle, const at::Tensor& back) {
  constexpr double kDensity = 600;
  at::Tensor planes = at::zeros({1, 3, 32, kSlices, kSize, kSize});
  const at::Tensor place = (at::arange(kSize, at::kFloat) + 0.5) / static_cast<double>(kSize) - 0.5;
  const at::Tensor squared =
      (place.square().unsqueeze(0) + place.square().unsqueeze(1)) / (kRadius * kRadius);
  // Each axis is read by two of the three grids, whose features are averaged.
  planes.select(2, 0).copy_((1.0 - squared * 1.5) * kDensity);
  const at::Tensor grid = planes[0][0];  // of x, y and, by slices, z
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    grid[channel + 1][0].copy_(back[channel] * 3);
    grid[channel + 1][1].copy_(middle[channel] * 3);
    grid[channel + 1][2].copy_(front[channel] * 3);
  }
  return planes.view({1, 3, 32 * kSlices, kSize, kSize});
}

HeadView drawBall(const Generator& generator, const at::Tensor& planes, double yaw) {
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = generator.defaultSettings();
  settings.super_resolution = false;
  const at::Tensor label = labelTensor(orbitLabel({.yaw_degrees = yaw}));
  const SynthesisOutput drawn = generator.draw(planes, {}, at::zeros({1, 32}), label, settings);
  return {label, drawn.depth, drawn.mask, drawn.image_raw, drawn.image_raw};
}

FrontAndBack frontAndBack(const Generator& generator, const at::Tensor& planes) {
  const HeadView front = drawBall(generator, planes, 0), back = drawBall(generator, planes, 180);
  return {front.raw, front.mask, back.raw, back.mask};
}

TEST(PaintedVolume, WithAFaceOnBothSidesScoresHigh) {
  const Generator generator = plainGenerator();
  std::vector<FrontAndBack> through, clean;
  for (const std::uint64_t seed : {1, 2}) {
    through.push_back(frontAndBack(generator, paintedBall(blobs(seed), blobs(seed), blobs(seed))));
    clean.push_back(frontAndBack(generator, paintedBall(blobs(seed), blobs(seed) * 0, blobs(seed + 10))));
  }
  ASSERT_GT(through[0].front_mask.mean().item<double>(), 0.3);
  const MirroredFace bad = mirroredFace(through), good = mirroredFace(clean);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_GT(bad.own[i].detail, 0.9);
    EXPECT_GT(bad.own[i].detail - bad.others[i].detail, 0.6);
    EXPECT_LT(std::abs(good.own[i].detail), 0.3);
  }
}

TEST(PaintedVolume, IsConsistentAndDoesNotFlicker) {
  const Generator generator = plainGenerator();
  const at::Tensor planes = paintedBall(blobs(1), blobs(1) * 0, blobs(2));
  const HeadView a = drawBall(generator, planes, 0);
  const Consistency pair = viewConsistency(a, drawBall(generator, planes, 22.5));
  EXPECT_LT(pair.depth, 0.01);
  EXPECT_LT(pair.colour, 0.02);
  EXPECT_GT(pair.visible, 0.4);
  const Flicker flicker = flickerBetween(a, drawBall(generator, planes, 2));
  EXPECT_LT(flicker.warped, 0.3 * flicker.still);
}

TEST(PaintedVolume, DepthIsThatOfTheBall) {
  // What the metrics rely on: depth along the ray, in world units.
  const HeadView view = drawBall(plainGenerator(), paintedBall(blobs(1), blobs(1), blobs(1)), 0);
  EXPECT_NEAR(view.depth[0][0][24][24].item<double>(), kHeadCameraRadius - kRadius, 0.02);
}

}  // namespace
}  // namespace panohead
