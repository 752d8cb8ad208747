// Every single operation against the public reference (tests/data/ops.golden.safetensors).
#include "core/nn/activation.h"
#include "core/nn/discriminator_blocks.h"
#include "core/nn/modulated_conv.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

using test::Golden;
using test::Parity;

const Golden& ops() {
  static const Golden golden(test::dataFile("ops.golden.safetensors"));
  return golden;
}

TEST(Resample, MatchesReference) {
  Parity parity(ops(), "resample");
  const at::Tensor filter = nn::binomialFilter();
  parity.expect("filter.1331", filter);
  parity.expect("up.y", nn::upsample2(ops()["up.x"], filter));
  parity.expect("down.y", nn::downsample2(ops()["down.x"], filter));
  nn::FirOptions general;
  general.x = {2, 1, 2, -1};
  general.y = {1, 2, 1, 3};
  general.gain = 1.5;
  parity.expect("gen.y", nn::fir(ops()["gen.x"], ops()["gen.f"], general));
  general.correlate = true;
  parity.expect("gen.y_flip", nn::fir(ops()["gen.x"], ops()["gen.f"], general));
  parity.expect("blur5.kernel", nn::gaussianFilter(5.0));
  parity.expect("blur5.y", nn::blur(ops()["blur5.x"], nn::gaussianFilter(5.0)));
}

TEST(Resample, ConvolutionsMatchReference) {
  Parity parity(ops(), "resampled convolution");
  const at::Tensor filter = nn::binomialFilter();
  const at::Tensor x = ops()["conv.x"];
  const at::Tensor w = ops()["conv.w"];
  const at::Tensor w1 = ops()["conv.w1"];
  parity.expect("conv.plain", nn::resampledConv(x, w, filter, nn::Resampling::None));
  parity.expect("conv.up2", nn::resampledConv(x, w, filter, nn::Resampling::Up2));
  parity.expect("conv.down2", nn::resampledConv(x, w, filter, nn::Resampling::Down2));
  parity.expect("conv.w1_down2", nn::resampledConv(x, w1, filter, nn::Resampling::Down2));
  parity.expect("conv.w1_up2", nn::resampledConv(x, w1, filter, nn::Resampling::Up2));
}

TEST(Resample, ResizesMatchReference) {
  Parity parity(ops(), "resize");
  const at::Tensor x = ops()["resize.x"];
  const std::pair<int, int> sizes[] = {{12, 10}, {48, 40}, {17, 31}, {24, 20}, {7, 5}};
  for (const auto& [height, width] : sizes) {
    const std::string suffix = std::to_string(height) + "x" + std::to_string(width);
    parity.expect("resize.aa_" + suffix, nn::resizeBilinear(x, height, width, true));
    parity.expect("resize.noaa_" + suffix, nn::resizeBilinear(x, height, width, false));
  }
  parity.expect("resize.area_12x10", nn::resizeArea(x, 12, 10));
  parity.expect("resize.area_7x5", nn::resizeArea(x, 7, 5));
}

TEST(Activation, MatchesReference) {
  Parity parity(ops(), "bias and activation");
  const at::Tensor x = ops()["bias_act.x"];
  const at::Tensor b = ops()["bias_act.b"];
  const double root2 = std::sqrt(2.0);
  const auto both = [&](const char* key, const nn::BiasActOptions& options) {
    parity.expect(key, nn::biasAct(x.clone(), b, options));  // gradients on: out of place
    const at::NoGradGuard no_grad;
    parity.expect(key, nn::biasAct(x.clone(), b, options));  // in place
  };
  both("bias_act.lrelu_clamp1.5", {nn::Activation::LeakyRelu, root2, 1.5});
  both("bias_act.lrelu_gain0.5", {nn::Activation::LeakyRelu, 0.5, {}});
  both("bias_act.linear_clamp1", {nn::Activation::Linear, 1.0, 1.0});
}

TEST(ModulatedConv, FusedAndPlainMatchReference) {
  Parity parity(ops(), "modulated convolution");
  const at::Tensor filter = nn::binomialFilter();
  const at::Tensor x = ops()["modconv.x"];
  const at::Tensor w = ops()["modconv.w"];
  const at::Tensor style = ops()["modconv.styles"];
  const at::Tensor noise = ops()["modconv.noise"];
  const at::Tensor noise_up = noise.repeat_interleave(2, 0).repeat_interleave(2, 1);
  const at::Tensor w1 = w.slice(2, 0, 1).slice(3, 0, 1);
  for (const bool fused : {true, false}) {
    const std::string name = fused ? "modconv.fused" : "modconv.plain";
    parity.expect(name, nn::modulatedConv(x, w, style, filter, noise, {.fused = fused}));
    parity.expect(name + "_up2",
                  nn::modulatedConv(
                      x, w, style, filter, noise_up, {.resampling = nn::Resampling::Up2, .fused = fused}));
    parity.expect(name + "_nodemod1x1",
                  nn::modulatedConv(x, w1, style, filter, {}, {.demodulate = false, .fused = fused}));
  }
}

TEST(MinibatchStandardDeviation, MatchesReference) {
  Parity parity(ops(), "minibatch deviation");
  const at::Tensor x = ops()["mbstd.x"];
  parity.expect("mbstd.group4", nn::minibatchStandardDeviation(x, 4, 1));
  parity.expect("mbstd.group2", nn::minibatchStandardDeviation(x, 2, 1));
  parity.expect("mbstd.group2_ch2", nn::minibatchStandardDeviation(x, 2, 2));
}

}  // namespace
}  // namespace panohead
