// Backbone and background against the specification in float32.
#include "core/fast/fast_synthesis.h"

#include "core/base/error.h"
#include "core/fast/head_renderer.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/closeness.h"
#include "tests/support/every_quick_type.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/first_model.h"
#include "tests/support/with_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using fast::FastSynthesis;
using test::psnr;
using test::relativeError;

constexpr std::int64_t kW = 32;

/// A network of random weights, with the noise and biases of a trained one.
struct Network {
  explicit Network(std::optional<double> clamp = {}, std::int64_t channels = 48) {
    const at::NoGradGuard no_grad;
    network = nn::SynthesisNetwork(Scope(store),
                                   {.w_dim = kW,
                                    .resolution = 64,
                                    .img_channels = channels,
                                    .channel_base = 2048,
                                    .channel_max = 64,
                                    .clamp = clamp});
    at::manual_seed(4);
    for (const ParameterStore::Entry& entry : store.entries()) {
      if (entry.name.ends_with("noise_strength")) {
        entry.tensor.fill_(0.3);
      } else if (entry.name.ends_with(".bias") && !entry.name.ends_with("affine.bias")) {
        entry.tensor.normal_(0, 0.2);
      }
    }
    ws = at::randn({1, network.numWs(), kW});
  }

  at::Tensor specified(NoiseMode noise) const {
    nn::SynthesisRun run;
    run.noise = noise;
    return network(ws, run);
  }

  ParameterStore store = ParameterStore::random(3);
  nn::SynthesisNetwork network;
  at::Tensor ws;
};

// What is kept of the w before must not show.
TEST(FastSynthesis, GoesOnFromTheLayersThatDidNotChange) {
  const at::NoGradGuard no_grad;
  const Network network;
  const FastSynthesis fast(network.network);
  std::int64_t all = 0;  // stripes of layers
  fast(network.ws, NoiseMode::Const, [&] { ++all; });
  for (std::int64_t first = 0; first < network.ws.size(1); ++first) {
    at::Tensor ws = network.ws.clone();
    ws.narrow(1, first, ws.size(1) - first).normal_();
    std::int64_t stripes = 0;
    const at::Tensor drawn = fast(ws, NoiseMode::Const, [&] { ++stripes; });
    EXPECT_TRUE(at::equal(drawn, FastSynthesis(network.network)(ws, NoiseMode::Const))) << first;
    EXPECT_FALSE(at::equal(drawn, fast(ws, NoiseMode::None))) << first;
    if (first >= 6) {
      EXPECT_LT(stripes, all) << "nothing was taken over from the w before";
    }
    fast(network.ws, NoiseMode::Const);
  }
}

TEST(FastSynthesis, IsTheSpecificationRounded) {
  const at::NoGradGuard no_grad;
  for (const std::optional<double> clamp : {std::optional<double>(), std::optional(0.8)}) {
    const Network network(clamp);
    ASSERT_TRUE(FastSynthesis::applies(network.network));
    for (const NoiseMode noise : {NoiseMode::None, NoiseMode::Const}) {
      const at::Tensor expected = network.specified(noise);
      test::inEveryQuickType([&](at::ScalarType type) {
        test::atEverySimdLevel([&] {
          const FastSynthesis fast(network.network);  // remembers small blocks: a new one for every level
          const at::Tensor actual = fast(network.ws, noise);
          ASSERT_EQ(actual.sizes(), expected.sizes());
          ASSERT_EQ(actual.scalar_type(), type);
          EXPECT_LT(relativeError(actual, expected), type == at::kFloat ? 1e-5 : 0.02);
          fmt::print("  {} noise, {} clamp: {:.7f} of the whole\n",
                     noise == NoiseMode::None ? "no" : "with",
                     clamp ? "with" : "no",
                     relativeError(actual, expected));
        });
      });
    }
    EXPECT_GT(relativeError(network.specified(NoiseMode::None), network.specified(NoiseMode::Const)), 0.1);
  }
  EXPECT_GT(relativeError(Network().specified(NoiseMode::None), Network(0.8).specified(NoiseMode::None)),
            0.1);
}

TEST(FastSynthesis, PutsChannelsInOrder) {
  const at::NoGradGuard no_grad;
  const Network network;
  const at::Tensor order = at::randperm(48);
  const at::Tensor plain = FastSynthesis(network.network)(network.ws, NoiseMode::None);
  const at::Tensor ordered = FastSynthesis(network.network, order)(network.ws, NoiseMode::None);
  EXPECT_LT(relativeError(ordered, plain.index_select(1, order)), 0.005);
}

TEST(FastSynthesis, HasTheSameBytesForAnyNumberOfThreads) {
  const at::NoGradGuard no_grad;
  const Network network;
  std::vector<at::Tensor> pictures;
  for (const int threads : {1, 2, 3}) {
    const test::WithThreads with(threads);
    // A new one each time: it remembers small blocks.
    pictures.push_back(FastSynthesis(network.network)(network.ws, NoiseMode::Const));
  }
  EXPECT_TRUE(at::equal(pictures[0], pictures[1]));
  EXPECT_TRUE(at::equal(pictures[0], pictures[2]));
}

TEST(FastSynthesis, StopsBetweenLayers) {
  const Network network;
  int asked = 0;
  FastSynthesis(network.network)(network.ws, NoiseMode::None, [&] { ++asked; });
  EXPECT_GE(asked, 9);  // convolutions up to 64 px
  for (const int stop : {1, 4, 9}) {
    asked = 0;
    const auto checkpoint = [&] {
      if (++asked == stop) {
        throw Cancelled();
      }
    };
    EXPECT_THROW(FastSynthesis(network.network)(network.ws, NoiseMode::None, checkpoint), Cancelled);
    EXPECT_EQ(asked, stop);
  }
}

TEST(FastSynthesis, ItsPackingStops) {
  const Network network;
  int asked = 0;
  const auto fourth = [&] {
    if (++asked == 4) {
      throw Cancelled();
    }
  };
  EXPECT_THROW(FastSynthesis(network.network, {}, fourth), Cancelled);
}

TEST(FastSynthesis, MakesTheGridsAndBackgroundOfTheEmbeddedModel) {
  const at::NoGradGuard no_grad;
  const ModelPtr model = test::firstModel();
  SilentContext context;
  const at::Tensor ws = makeHead(model, {.seed = 6}, context)->prepared.ws;
  const at::Tensor grids = model->generator.planes(ws, {});
  const at::Tensor fast = unpackPlanes(fastPlanes(*model->fast, ws, {})).to(at::kFloat);
  ASSERT_EQ(fast.sizes(), grids.sizes());
  EXPECT_LT(relativeError(fast, grids), 0.02);
  const at::Tensor background = model->generator.background(ws, {});
  EXPECT_LT(relativeError(fastBackground(*model->fast, ws, {}), background), 0.02);
  fmt::print("  grids {:.4f} of the whole ({:.1f} dB), background {:.4f}\n",
             relativeError(fast, grids),
             psnr(fast, grids),
             relativeError(fastBackground(*model->fast, ws, {}), background));
}

}  // namespace
}  // namespace panohead
