// Prepacked super-resolution against the specification in float32.
#include "core/fast/fast_super_resolution.h"

#include "core/base/error.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "tests/support/closeness.h"
#include "tests/support/every_quick_type.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/with_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace panohead {
namespace {

using fast::FastSuperResolution;
using test::psnr;
using test::relativeError;

constexpr std::int64_t kW = 32;

FastSuperResolution prepared(const SuperResolution& network, const at::Tensor& w, NoiseMode noise) {
  return {network, std::make_shared<const fast::SuperResolutionWeights>(network), w, noise};
}

/// A network of random weights, with noise and biases that training would have given it.
struct Network {
  explicit Network(SuperResolutionKind kind,
                   std::optional<double> clamp = 256.0,
                   bool antialias = true,
                   std::optional<std::int64_t> input = {}) {
    const at::NoGradGuard no_grad;
    network = SuperResolution(Scope(store),
                              {.kind = kind,
                               .input = input.value_or(kind == SuperResolutionKind::X2 ? 64 : 128),
                               .w_dim = kW,
                               .clamp = clamp,
                               .antialias = antialias});
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
  std::int64_t from, to;                // pixels
  std::optional<std::int64_t> input{};  // of the network; else as published
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class EveryKind : public ::testing::TestWithParam<Kind> {};

TEST_P(EveryKind, IsTheSpecificationRounded) {
  const at::NoGradGuard no_grad;
  const Network network(GetParam().kind, 256.0, true, GetParam().input);
  const Inputs in(GetParam().from);
  at::Tensor pictures[2];
  for (const NoiseMode noise : {NoiseMode::None, NoiseMode::Const}) {
    const at::Tensor expected = network.specified(in.rgb, in.feature, in.w, noise);
    test::inEveryQuickType([&](at::ScalarType type) {
      const FastSuperResolution drawn = prepared(network.network, in.w, noise);
      test::atEverySimdLevel([&] {
        const at::Tensor actual = drawn(in.rgb, in.feature, {});
        ASSERT_EQ(actual.sizes(), at::IntArrayRef({1, 3, GetParam().to, GetParam().to}));
        ASSERT_EQ(actual.scalar_type(), at::kFloat);
        const double decibels = psnr(actual.clamp(-1, 1), expected.clamp(-1, 1), 2);
        const double error = relativeError(actual, expected);
        EXPECT_GT(decibels, type == at::kFloat ? 90 : 40);
        EXPECT_LT(error, type == at::kFloat ? 1e-4 : 0.01);
        fmt::print("  {} {} ({}, {}): {:.1f} dB, {:.6f} of the whole\n",
                   GetParam().name,
                   noise == NoiseMode::None ? "without noise" : "with noise",
                   c10::toString(type),
                   kernels::simdLevelName(kernels::simdLevel()),
                   decibels,
                   error);
      });
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
                                           Kind{"X8DC", SuperResolutionKind::X8DC, 64, 512},
                                           Kind{"X2Of32", SuperResolutionKind::X2, 32, 64, 32},
                                           Kind{"X2Of32From16", SuperResolutionKind::X2, 16, 64, 32}),
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
  const FastSuperResolution cutting = prepared(network.network, in.w, NoiseMode::None);
  const FastSuperResolution not_cutting = prepared(without.network, in.w, NoiseMode::None);
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
        relativeError(prepared(network.network, in.w, NoiseMode::None)(in.rgb, in.feature, {}), expected),
        0.01);
    pictures[antialias ? 1 : 0] = expected;
  }
  EXPECT_GT(relativeError(pictures[0], pictures[1]), 0.05);
}

TEST(FastSuperResolution, DoesNotChangeItsInput) {
  const at::NoGradGuard no_grad;
  const Network network(SuperResolutionKind::X2);
  const FastSuperResolution drawn = prepared(network.network, Inputs(64).w, NoiseMode::Const);
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
  const FastSuperResolution drawn = prepared(network.network, in.w, NoiseMode::Const);
  const auto picture = [&](int threads) {
    const test::WithThreads with(threads);
    return drawn(in.rgb, in.feature, {});
  };
  const at::Tensor alone = picture(1);
  for (const int threads : {2, 3, 4, 5, 8}) {
    EXPECT_TRUE(at::equal(picture(threads), alone)) << threads << " threads";
  }
}

TEST(FastSuperResolution, StopsWithinLayers) {
  const Network network(SuperResolutionKind::X2);
  const Inputs in(64);
  const FastSuperResolution drawn = prepared(network.network, in.w, NoiseMode::None);
  int asked = 0;
  drawn(in.rgb, in.feature, [&] { ++asked; });
  EXPECT_GT(asked, 10);  // there are four layers
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

TEST(FastSuperResolution, PackingItsWeightsStops) {
  const Network network(SuperResolutionKind::X2);
  int asked = 0;
  const auto third = [&] {
    if (++asked == 3) {
      throw Cancelled();
    }
  };
  EXPECT_THROW(fast::SuperResolutionWeights(network.network, third), Cancelled);
}

// Of the official size. The time is told, not judged: others may be at work on the machine.
TEST(FastSuperResolution, StopsSoonAfterAnotherThreadSaysSo) {
  const Network network(SuperResolutionKind::X8DC);
  const Inputs in(64);
  const FastSuperResolution drawn = prepared(network.network, in.w, NoiseMode::None);
  using Clock = std::chrono::steady_clock;
  double worst = 0;
  for (int i = 0; i < 8; ++i) {
    std::atomic<bool> stop = false;
    Clock::time_point told;
    std::jthread teller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + 17 * i));
      told = Clock::now();
      stop = true;
    });
    const auto ask = [&] {
      if (stop) {
        throw Cancelled();
      }
    };
    EXPECT_THROW(while (true) { drawn(in.rgb, in.feature, ask); }, Cancelled);
    worst = std::max(worst, std::chrono::duration<double, std::milli>(Clock::now() - told).count());
  }
  fmt::print("  stopped at most {:.1f} ms later\n", worst);
  EXPECT_LT(worst, 1000);
}

TEST(LayerConv, IsTheConvolutionWithWhatFollows) {
  const at::NoGradGuard no_grad;
  at::manual_seed(12);
  const auto rounded = [](const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); };
  for (const bool upsamples : {false, true}) {
    for (const auto& [height, width] :
         {std::pair<std::int64_t, std::int64_t>{8, 8}, {5, 13}, {1, 2}, {75, 6}}) {
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
        test::inEveryQuickType([&](at::ScalarType type) {
          const fast::LayerConv conv(weight, upsamples, height);
          const at::Tensor in = x.to(type).contiguous(at::MemoryFormat::ChannelsLast);
          const double rounding = type == at::kFloat ? 1e-3 : 1;
          test::atEverySimdLevel([&] {
            ASSERT_EQ(conv(in, finishing).scalar_type(), type);
            const at::Tensor actual = conv(in, finishing).to(at::kFloat);
            ASSERT_EQ(actual.sizes(), expected.sizes());
            EXPECT_LT(relativeError(actual, expected), 0.005 * rounding);
            // Nowhere more than rounding, at the edges neither: a missing tap would be tens of times that.
            EXPECT_LT((actual - expected).abs().max().item<double>(), 0.03 * rounding);
          });
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
  const at::Tensor x = at::randn({1, 16, 9, 7}).to(conv.type()).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor before = at::randn({1, 3, 9, 7}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor expected = before + torgb(conv(x, finishing).to(at::kFloat), w, true);
  test::atEverySimdLevel([&] {
    for (const bool keep : {true, false}) {
      const at::Tensor picture = before.clone();
      EXPECT_EQ(conv.drawn(x, finishing, rgb, picture, keep).defined(), keep);
      EXPECT_LT(relativeError(picture, expected), 0.005);  // its colours are made before rounding
    }
  });
}

TEST(LayerConv, HandsItsRowsOnToTheNext) {
  const at::NoGradGuard no_grad;
  at::manual_seed(14);
  ParameterStore store = ParameterStore::random(9);
  const at::Tensor w = at::randn({1, kW});
  const fast::PreparedRgb rgb(nn::ToRgb(Scope(store), {.in = 16, .out = 3, .w_dim = kW}), w);
  for (const std::int64_t height : {1, 7, 8, 9, 24, 41}) {
    const std::int64_t width = 5;
    const fast::Finishing first{
        .scale = {}, .bias = at::randn({32}), .noise = at::randn({2 * height, 2 * width}), .clamp = {}};
    const fast::Finishing second{
        .scale = {}, .bias = at::randn({16}), .noise = at::randn({2 * height, 2 * width}), .clamp = 3.0};
    const at::Tensor before =
        at::randn({1, 3, 2 * height, 2 * width}).contiguous(at::MemoryFormat::ChannelsLast);
    test::inEveryQuickType([&](at::ScalarType type) {
      const fast::LayerConv up(at::randn({32, 16, 3, 3}) / 12, true, height);
      const fast::LayerConv next(at::randn({16, 32, 3, 3}) / 17, false, 2 * height);
      const at::Tensor x =
          at::randn({1, 16, height, width}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor expected = before.clone();
      next.drawn(up(x, first), second, rgb, expected, false);
      const at::Tensor picture = before.clone();
      up.drawnThrough(next, x, first, second, rgb, picture);
      EXPECT_LT((picture - expected).abs().max().item<double>(), type == at::kFloat ? 1e-4 : 0.05) << height;
      EXPECT_GT((picture - before).abs().max().item<double>(), 0.1);
    });
  }
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
