// Layers in reduced types against the same layers in float32, and the quick filters against the general one.
#include "core/nn/mixed_precision.h"

#include "core/nn/modulated_conv.h"
#include "core/nn/quick_conv.h"
#include "core/nn/quick_epilogue.h"
#include "core/nn/quick_fir.h"
#include "core/nn/synthesis_network.h"
#include "core/tensor/prelude.h"
#include "tests/support/closeness.h"
#include "tests/support/every_simd_level.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

namespace panohead {
namespace {

using test::relativeError;
using Map = std::function<at::Tensor(const at::Tensor&)>;

at::Tensor specifiedBlur(const at::Tensor& x) {
  nn::FirOptions options;
  options.gain = 4;
  options.x.pad_before = options.x.pad_after = 1;
  options.y = options.x;
  return nn::fir(x, nn::binomialFilter(), options);
}

// Value, gradient, and gradient of the gradient's square.
std::vector<at::Tensor> derivatives(const Map& map, const at::Tensor& x0, const at::Tensor& weights) {
  const at::Tensor x = x0.detach().clone().requires_grad_(true);
  const at::Tensor y = map(x);
  (y.square() * weights).sum().backward({}, true, true);
  const at::Tensor first = x.grad();
  x.mutable_grad() = at::Tensor();
  first.square().sum().backward();
  return {y, first, x.grad()};
}

TEST(QuickFir, IsTheGeneralFilterInEveryDerivative) {
  at::manual_seed(1);
  const std::pair<Map, Map> maps[] = {
      {[](const auto& x) { return nn::upsample2(x, nn::binomialFilter()); },
       [](const auto& x) { return nn::quickUpsample2(x); }},
      {[](const auto& x) { return nn::downsample2(x, nn::binomialFilter()); },
       [](const auto& x) { return nn::quickDownsample2(x); }},
      {specifiedBlur, [](const auto& x) { return nn::quickBlur(x, 1, 4.0); }},
  };
  for (const std::int64_t channels : {1, 3, 16, 35, 64}) {
    const at::Tensor x = at::randn({2, channels, 6, 10});
    for (const auto& [specified, quick] : maps) {
      const at::Tensor weights = at::randn(specified(x).sizes());
      const std::vector<at::Tensor> expected = derivatives(specified, x, weights);
      test::atEverySimdLevel([&, &quick = quick] {
        const std::vector<at::Tensor> actual = derivatives(quick, x, weights);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          EXPECT_EQ(actual[i].sizes(), expected[i].sizes());
          EXPECT_LT(relativeError(actual[i], expected[i]), 2e-6) << channels << " channels, derivative " << i;
        }
        EXPECT_LT(relativeError(quick(x.to(at::kBFloat16)), expected[0]), 4e-3);
      });
    }
  }
}

TEST(QuickFir, AddsAPicture) {
  at::manual_seed(2);
  const at::Tensor x = at::randn({1, 5, 4, 4});
  at::Tensor add = at::randn({1, 5, 8, 8}).requires_grad_(true);
  const at::Tensor y = nn::quickUpsample2(x, add);
  EXPECT_LT(relativeError(y, nn::upsample2(x, nn::binomialFilter()) + add), 2e-6);
  const at::Tensor gradient = at::randn(y.sizes());
  y.backward(gradient);
  EXPECT_TRUE(at::equal(add.grad(), gradient));
}

TEST(QuickFir, GivesTheSameBitsForAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  const at::Tensor x = at::randn({2, 40, 64, 64});
  at::set_num_threads(1);
  const at::Tensor one = nn::quickUpsample2(x);
  at::set_num_threads(2);
  const at::Tensor two = nn::quickUpsample2(x);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one, two));
}

struct Network {
  ParameterStore store = ParameterStore::random(7);
  nn::SynthesisNetwork network;
  at::Tensor ws;

  explicit Network(std::int64_t img_channels, std::optional<double> clamp = {}) {
    at::manual_seed(7);
    network = nn::SynthesisNetwork(Scope(store),
                                   {.w_dim = 24,
                                    .resolution = 32,
                                    .img_channels = img_channels,
                                    .channel_base = 1024,
                                    .channel_max = 64,
                                    .clamp = clamp});
    store.requireGrad(true);
    for (const ParameterStore::Entry& entry : store.entries()) {
      if (entry.name.ends_with("noise_strength")) {
        const at::NoGradGuard no_grad;
        entry.tensor.fill_(0.3);
      }
    }
    ws = at::randn({2, network.numWs(), 24}).requires_grad_(true);
  }

  std::vector<at::Tensor> gradients(const nn::SynthesisRun& run,
                                    const at::Tensor& weights,
                                    at::Tensor& value) {
    for (const ParameterStore::Entry& entry : store.entries()) {
      entry.tensor.mutable_grad() = at::Tensor();
    }
    ws.mutable_grad() = at::Tensor();
    const at::Tensor image = network(ws, run);
    value = image.detach().to(at::kFloat);
    (image.to(at::kFloat) * weights).sum().backward();
    std::vector<at::Tensor> result{ws.grad().clone()};
    for (const ParameterStore::Entry& entry : store.entries()) {
      if (entry.is_parameter) {
        result.push_back(entry.tensor.grad().clone());
      }
    }
    return result;
  }
};

class ReducedType : public ::testing::TestWithParam<at::ScalarType> {};

TEST_P(ReducedType, NetworkAgreesWithFloat32) {
  // Three more bits make values eight times as exact. Gradients err mostly by activations that rounding
  // carries to the other side of zero: as many fewer, but each by as much, so the square root counts.
  const double scale = GetParam() == at::kHalf ? 0.125 : 1;
  const double gradient_tolerance = 0.25 * std::sqrt(scale);
  for (const std::int64_t channels : {3, 96}) {
    for (const std::optional<double> clamp : {std::optional<double>(), std::optional<double>(256.0)}) {
      Network n(channels, clamp);
      const at::Tensor weights = at::randn({2, channels, 32, 32}) * 0.01;
      at::Tensor expected, actual;
      const auto reference = n.gradients({}, weights, expected);
      const auto reduced = n.gradients({.dtype = GetParam()}, weights, actual);
      EXPECT_LT(relativeError(actual, expected), 0.012 * scale);
      ASSERT_EQ(reduced.size(), reference.size());
      for (std::size_t i = 0; i < reduced.size(); ++i) {
        if (reference[i].numel() > 1) {  // single numbers (noise strengths) are sums that nearly cancel
          EXPECT_LT(relativeError(reduced[i], reference[i]), gradient_tolerance) << "gradient " << i;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ReducedType, ::testing::Values(at::kBFloat16, at::kHalf));

// The same formulas in float32, where no rounding hides a mistake.
TEST(MixedPrecision, LayerIsTheSpecifiedOneUpToRounding) {
  at::manual_seed(11);
  for (const nn::Resampling resampling : {nn::Resampling::None, nn::Resampling::Up2}) {
    const std::int64_t size = resampling == nn::Resampling::Up2 ? 12 : 6;
    const std::vector<at::Tensor> inputs{at::randn({2, 20, 6, 6}),
                                         at::randn({24, 20, 3, 3}),
                                         at::randn({2, 20}),
                                         at::randn({24}),
                                         at::randn({size, size})};
    const at::Tensor weights = at::randn({2, 24, size, size});
    std::vector<std::vector<at::Tensor>> results;
    for (const bool quick : {false, true}) {
      std::vector<at::Tensor> in;
      for (const at::Tensor& t : inputs) {
        in.push_back(t.clone().requires_grad_(true));
      }
      at::Tensor y;
      if (quick) {
        const nn::ModulatedActivations conv =
            nn::modulatedActivations(nn::toWorkingType(in[0], at::kFloat), in[1], in[2], resampling);
        y = nn::scaleBiasAct(conv.y, conv.demodulator, in[3], in[4], {nn::Activation::LeakyRelu, 1.4, 3.0});
      } else {
        y = nn::biasAct(
            nn::modulatedConv(
                in[0], in[1], in[2], nn::binomialFilter(), in[4], {.resampling = resampling, .fused = false}),
            in[3],
            {nn::Activation::LeakyRelu, 1.4, 3.0});
      }
      (y * weights).sum().backward();
      std::vector<at::Tensor> all{y.detach()};
      for (const at::Tensor& t : in) {
        all.push_back(t.grad());
      }
      results.push_back(all);
    }
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      EXPECT_LT(relativeError(results[1][i], results[0][i]), 2e-5) << i;
    }
  }
}

TEST(MixedPrecision, Float16SurvivesLargeWeightsAndStyles) {
  // Without the division by the largest magnitudes, these would overflow float16's 65504.
  at::manual_seed(8);
  const at::Tensor x = at::randn({2, 32, 8, 8}) * 30;
  const at::Tensor weight = at::randn({16, 32, 3, 3}) * 200;
  const at::Tensor style = at::randn({2, 32}) * 500;
  const auto run = [&](at::ScalarType type) {
    const nn::ModulatedActivations conv =
        nn::modulatedActivations(nn::toWorkingType(x, type), weight, style, nn::Resampling::None);
    return nn::scaleBiasAct(conv.y, conv.demodulator, at::zeros({16}), {}, {}).to(at::kFloat);
  };
  const at::Tensor half = run(at::kHalf);
  EXPECT_TRUE(at::isfinite(half).all().item<bool>());
  EXPECT_LT(relativeError(half, run(at::kFloat)), 2e-3);
}

TEST(MixedPrecision, EpilogueClampsNoiseAndBias) {
  at::manual_seed(9);
  const at::Tensor y = at::randn({2, 19, 5, 7});
  const at::Tensor scale = at::rand({2, 19}) + 0.5;
  const at::Tensor bias = at::randn({19});
  for (const at::Tensor& noise : {at::Tensor(), at::randn({5, 7}), at::randn({2, 1, 5, 7})}) {
    std::vector<std::vector<at::Tensor>> results;
    for (const bool plain : {true, false}) {
      std::vector<at::Tensor> in{y.clone(), scale.clone(), bias.clone()};
      if (noise.defined()) {
        in.push_back(noise.clone());
      }
      for (at::Tensor& t : in) {
        t.requires_grad_(true);
      }
      const at::Tensor n = noise.defined() ? in[3] : at::Tensor();
      at::Tensor out;
      if (plain) {
        at::Tensor sum = in[0] * in[1].view({2, 19, 1, 1}) + in[2].view({1, 19, 1, 1});
        sum = n.defined() ? sum + n : sum;
        out = (at::leaky_relu(sum, 0.2) * 1.5).clamp(-1.2, 1.2);
      } else {
        out = nn::scaleBiasAct(in[0], in[1], in[2], n, {nn::Activation::LeakyRelu, 1.5, 1.2});
      }
      (out * at::linspace(-1.0, 2.0, out.numel()).view(out.sizes())).sum().backward();
      std::vector<at::Tensor> all{out.detach()};
      for (const at::Tensor& t : in) {
        all.push_back(t.grad());
      }
      results.push_back(all);
    }
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      EXPECT_EQ(results[1][i].sizes(), results[0][i].sizes());
      EXPECT_LT(relativeError(results[1][i], results[0][i]), 3e-6) << i;
    }
  }
}

TEST(QuickConv, HasTheRightSecondDerivative) {
  // LibTorch's own is wrong for bfloat16: the weight's gradient of the gradient is off by its own size.
  at::manual_seed(10);
  for (const auto& [kernel, stride, padding] : {std::array<std::int64_t, 3>{3, 1, 1}, {3, 2, 0}, {1, 1, 0}}) {
    const at::Tensor x0 = at::randn({2, 8, 17, 17}).to(at::kBFloat16).to(at::kFloat);
    const at::Tensor w0 = (at::randn({6, 8, kernel, kernel}) * 0.2).to(at::kBFloat16).to(at::kFloat);
    const auto run = [&, stride = stride, padding = padding](at::ScalarType type, bool quick) {
      const at::Tensor x = x0.clone().requires_grad_(true);
      const at::Tensor w = w0.clone().requires_grad_(true);
      const at::Tensor xt = x.to(type);
      const at::Tensor wt = w.to(type);
      const at::Tensor y = quick ? nn::quickConv(xt, wt, stride, padding)
                                 : at::conv2d(xt, wt, {}, at::IntArrayRef(stride), at::IntArrayRef(padding));
      y.to(at::kFloat).pow(3).sum().backward({}, true, true);
      const at::Tensor gx = x.grad();
      const at::Tensor gw = w.grad();
      x.mutable_grad() = w.mutable_grad() = at::Tensor();
      (gx.square().sum() + gw.square().sum() * 0.01).backward();
      return std::vector<at::Tensor>{y, gx, gw, x.grad(), w.grad()};
    };
    const auto expected = run(at::kFloat, false);
    for (const auto& [type, tolerance] : {std::pair(at::kFloat, 1e-5), {at::kBFloat16, 0.02}}) {
      const auto actual = run(type, true);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_LT(relativeError(actual[i], expected[i]), tolerance) << i;
      }
    }
  }
}

TEST(SynthesisNetwork, StopsWhereToldAndReordersThePicture) {
  const Network n(6);
  const at::NoGradGuard no_grad;
  std::vector<nn::SynthesisBlock::State> states;
  const at::Tensor whole = n.network(n.ws, {}, &states);
  EXPECT_TRUE(at::equal(n.network(n.ws, {.upto = 16}), states[2].img));
  const at::Tensor order = at::tensor({5, 0, 3, 1, 2, 4}, at::kLong);
  EXPECT_LT(relativeError(n.network(n.ws, {.rgb_order = order}), whole.index_select(1, order)), 1e-6);
}

}  // namespace
}  // namespace panohead
