// Prepacked bfloat16 super-resolution against the specification in float32.
#include "core/fast/fast_super_resolution.h"

#include "core/base/error.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "tests/support/closeness.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/with_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

namespace panohead {
namespace {

using fast::FastSuperResolution;
using test::psnr;
using test::relativeError;

constexpr std::int64_t kW = 32;

/// A network of random weights, with noise and biases that training would have given it.
struct Network {
  explicit Network(SuperResolutionKind kind, std::optional<double> clamp = 256.0, bool antialias = true) {
    const at::NoGradGuard no_grad;
    network =
        SuperResolution(Scope(store), {.kind = kind, .w_dim = kW, .clamp = clamp, .antialias = antialias});
    at::manual_seed(4);
    for (const ParameterStore::Entry& entry : store.entries()) {
      if (entry.name.ends_with("noise_strength")) {
        entry.tensor.fill_(0.3);
      } else if (entry.name.ends_with(".bias") && !entry.name.ends_with("affine.bias")) {
        entry.tensor.normal_(0, 0.2);
      } else if (entry.name.ends_with("torgb.weight")) {
        entry.tensor.mul_(0.3);  // pictures mostly within [-1, 1]
      }
    }
  }

  at::Tensor specified(const at::Tensor& rgb,
                       const at::Tensor& feature,
                       const at::Tensor& w,
                       NoiseMode noise) const {
    nn::SynthesisRun run;
    run.noise = noise;
    return network(rgb, feature, w, run);
  }

  ParameterStore store = ParameterStore::random(3);
  SuperResolution network;
};

struct Inputs {
  explicit Inputs(std::int64_t size) {
    at::manual_seed(6);
    rgb = at::randn({1, 3, size, size}) * 0.3;
    feature = at::randn({1, 32, size, size});
    w = at::randn({1, kW});
  }
  at::Tensor rgb, feature, w;
};

struct Kind {
  const char* name;
  SuperResolutionKind kind;
  std::int64_t from, to;  // pixels
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class EveryKind : public ::testing::TestWithParam<Kind> {};

TEST_P(EveryKind, IsTheSpecificationRounded) {
  const at::NoGradGuard no_grad;
  const Network network(GetParam().kind);
  const Inputs in(GetParam().from);
  at::Tensor pictures[2];
  for (const NoiseMode noise : {NoiseMode::None, NoiseMode::Const}) {
    const at::Tensor expected = network.specified(in.rgb, in.feature, in.w, noise);
    const FastSuperResolution drawn(network.network, in.w, noise);
    test::atEverySimdLevel([&] {
      const at::Tensor actual = drawn(in.rgb, in.feature, {});
      ASSERT_EQ(actual.sizes(), at::IntArrayRef({1, 3, GetParam().to, GetParam().to}));
      ASSERT_EQ(actual.scalar_type(), at::kFloat);
      const double decibels = psnr(actual.clamp(-1, 1), expected.clamp(-1, 1), 2);
      const double error = relativeError(actual, expected);
      EXPECT_GT(decibels, 40);
      EXPECT_LT(error, 0.01);
      fmt::print("  {} {} ({}): {:.1f} dB, {:.4f} of the whole\n",
                 GetParam().name,
                 noise == NoiseMode::None ? "without noise" : "with noise",
                 kernels::simdLevelName(kernels::simdLevel()),
                 decibels,
                 error);
    });
    pictures[noise == NoiseMode::None ? 0 : 1] = expected;
  }
  EXPECT_GT(relativeError(pictures[0], pictures[1]), 0.05);  // noise is seen at all
}

INSTANTIATE_TEST_SUITE_P(FastSuperResolution,
                         EveryKind,
                         ::testing::Values(Kind{"X2", SuperResolutionKind::X2, 64, 128},
                                           Kind{"X4", SuperResolutionKind::X4, 64, 256},
                                           Kind{"X8", SuperResolutionKind::X8, 128, 512},
                                           Kind{"X8DC", SuperResolutionKind::X8DC, 64, 512}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FastSuperResolution, CutsWhereTheSpecificationDoes) {
  const at::NoGradGuard no_grad;
  Inputs in(64);
  in.feature = in.feature * 500;  // convolutions keep their input's size, but for the clamp
  Network network(SuperResolutionKind::X2);
  Network without(SuperResolutionKind::X2, std::nullopt);
  for (Network* n : {&network, &without}) {
    n->network.block0.torgb.weight.mul_(10);
    n->network.block1.torgb.weight.mul_(10);
  }
  const at::Tensor expected = network.specified(in.rgb, in.feature, in.w, NoiseMode::None);
  const at::Tensor uncut = without.specified(in.rgb, in.feature, in.w, NoiseMode::None);
  ASSERT_GT(relativeError(uncut, expected), 0.5);
  const FastSuperResolution cutting(network.network, in.w, NoiseMode::None);
  const FastSuperResolution not_cutting(without.network, in.w, NoiseMode::None);
  test::atEverySimdLevel([&] {
    EXPECT_LT(relativeError(cutting(in.rgb, in.feature, {}), expected), 0.02);
    EXPECT_LT(relativeError(not_cutting(in.rgb, in.feature, {}), uncut), 0.01);
  });
}

TEST(FastSuperResolution, ResizesItsInputAsSpecified) {
  const at::NoGradGuard no_grad;
  const Inputs in(100);  // smaller with 64, where it matters whether it is antialiased
  at::Tensor pictures[2];
  for (const bool antialias : {false, true}) {
    const Network network(SuperResolutionKind::X2, 256.0, antialias);
    const at::Tensor expected = network.specified(in.rgb, in.feature, in.w, NoiseMode::None);
    EXPECT_LT(
        relativeError(FastSuperResolution(network.network, in.w, NoiseMode::None)(in.rgb, in.feature, {}),
                      expected),
        0.01);
    pictures[antialias ? 1 : 0] = expected;
  }
  EXPECT_GT(relativeError(pictures[0], pictures[1]), 0.05);
}

TEST(FastSuperResolution, DoesNotChangeItsInput) {
  const at::NoGradGuard no_grad;
  const Network network(SuperResolutionKind::X2);
  const FastSuperResolution drawn(network.network, Inputs(64).w, NoiseMode::Const);
  Inputs in(64);
  for (const bool channels_last : {false, true}) {  // as a raw picture by ToRGB is
    in.rgb = channels_last ? in.rgb.contiguous(at::MemoryFormat::ChannelsLast) : in.rgb;
    in.feature = channels_last ? in.feature.contiguous(at::MemoryFormat::ChannelsLast) : in.feature;
    const at::Tensor rgb = in.rgb.clone();
    const at::Tensor feature = in.feature.clone();
    const at::Tensor first = drawn(in.rgb, in.feature, {});
    EXPECT_TRUE(at::equal(in.rgb, rgb));
    EXPECT_TRUE(at::equal(in.feature, feature));
    EXPECT_TRUE(at::equal(drawn(in.rgb, in.feature, {}), first));
  }
}

TEST(FastSuperResolution, HasTheSameBytesForAnyNumberOfThreads) {
  const at::NoGradGuard no_grad;
  const Network network(SuperResolutionKind::X4);
  const Inputs in(64);
  const FastSuperResolution drawn(network.network, in.w, NoiseMode::Const);
  std::vector<at::Tensor> pictures;
  for (const int threads : {1, 2, 3}) {
    const test::WithThreads with(threads);
    pictures.push_back(drawn(in.rgb, in.feature, {}));
  }
  EXPECT_TRUE(at::equal(pictures[0], pictures[1]));
  EXPECT_TRUE(at::equal(pictures[0], pictures[2]));
}

TEST(FastSuperResolution, StopsBetweenLayers) {
  const Network network(SuperResolutionKind::X2);
  const Inputs in(64);
  const FastSuperResolution drawn(network.network, in.w, NoiseMode::None);
  int asked = 0;
  drawn(in.rgb, in.feature, [&] { ++asked; });
  EXPECT_EQ(asked, 4);
  const int all = asked;
  for (int stop = 1; stop <= all; ++stop) {
    asked = 0;
    EXPECT_THROW(drawn(in.rgb,
                       in.feature,
                       [&] {
                         if (++asked == stop) {
                           throw Cancelled();
                         }
                       }),
                 Cancelled);
    EXPECT_EQ(asked, stop);
  }
}

TEST(LayerConv, IsTheConvolutionWithWhatFollows) {
  const at::NoGradGuard no_grad;
  at::manual_seed(12);
  const auto rounded = [](const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); };
  for (const bool upsamples : {false, true}) {
    for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{8, 8}, {5, 13}, {1, 2}}) {
      const std::int64_t scale = upsamples ? 2 : 1;
      const at::Tensor weight = rounded(at::randn({32, 16, 3, 3}) / 12);
      const at::Tensor x = rounded(at::randn({1, 16, height, width}));
      fast::Finishing finishing{.scale = {}, .bias = at::randn({32}), .noise = {}, .clamp = {}};
      for (const bool plain : {true, false}) {
        const ::testing::ScopedTrace trace(
            __FILE__,
            __LINE__,
            fmt::format("{} x {}, upsamples {}, plain {}", height, width, upsamples, plain));
        finishing.scale = plain ? at::Tensor() : at::rand({32}) + 0.5;
        finishing.noise = plain ? at::Tensor() : at::randn({height * scale, width * scale});
        finishing.clamp = plain ? std::optional<double>() : 1.5;
        at::Tensor expected = nn::resampledConv(
            x, weight, nn::binomialFilter(), upsamples ? nn::Resampling::Up2 : nn::Resampling::None);
        expected = plain ? expected : expected * finishing.scale.view({1, 32, 1, 1});
        expected = expected + finishing.bias.view({1, 32, 1, 1});
        expected = at::leaky_relu(plain ? expected : expected + finishing.noise, 0.2);
        expected = plain ? expected : expected.clamp(-1.5, 1.5);
        const fast::LayerConv conv(weight, upsamples, height);
        const at::Tensor in = x.to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
        test::atEverySimdLevel([&] {
          const at::Tensor actual = conv(in, finishing).to(at::kFloat);
          ASSERT_EQ(actual.sizes(), expected.sizes());
          EXPECT_LT(relativeError(actual, expected), 0.005);
          // Nowhere more than rounding, at the edges neither: a missing tap would be tens of times that.
          EXPECT_LT((actual - expected).abs().max().item<double>(), 0.03);
        });
      }
    }
  }
}

TEST(LayerConv, AddsItsPicture) {
  const at::NoGradGuard no_grad;
  at::manual_seed(13);
  ParameterStore store = ParameterStore::random(9);
  const at::Tensor w = at::randn({1, kW});
  const nn::ToRgb torgb(Scope(store), {.in = 32, .out = 3, .w_dim = kW});
  const fast::PreparedRgb rgb(torgb, w);
  const fast::LayerConv conv(at::randn({32, 16, 3, 3}) / 12, false, 9);
  const fast::Finishing finishing{.scale = {}, .bias = at::randn({32}), .noise = {}, .clamp = {}};
  const at::Tensor x = at::randn({1, 16, 9, 7}).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor before = at::randn({1, 3, 9, 7}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor expected = before + torgb(conv(x, finishing).to(at::kFloat), w, true);
  test::atEverySimdLevel([&] {
    for (const bool keep : {true, false}) {
      const at::Tensor picture = before.clone();
      EXPECT_EQ(conv(x, finishing, &rgb, picture, keep).defined(), keep);
      EXPECT_LT(relativeError(picture, expected), 0.005);  // its colours are made before rounding
    }
  });
}

TEST(PreparedRgb, IsTheLayerOfOneHead) {
  const at::NoGradGuard no_grad;
  ParameterStore store = ParameterStore::random(9);
  const Inputs in(20);
  for (const std::optional<double> clamp : {std::optional<double>(), std::optional(0.5)}) {
    nn::ToRgb layer(Scope(store) / (clamp ? "cut" : "whole"),
                    {.in = 32, .out = 3, .w_dim = kW, .clamp = clamp});
    layer.bias.normal_();
    const at::Tensor expected = layer(in.feature, in.w, true);
    EXPECT_EQ(clamp.has_value(), expected.abs().max().item<double>() <= 0.5);
    EXPECT_LT(relativeError(fast::PreparedRgb(layer, in.w)(in.feature), expected), 1e-5);
  }
}

}  // namespace
}  // namespace panohead
