#include "core/nn/discriminator_blocks.h"

#include "core/base/error.h"
#include "core/nn/mixed_precision.h"
#include "core/nn/quick_epilogue.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead::nn {

Conv::Conv(const Scope& scope, const ConvOptions& o) : options(o) {
  resample_filter = scope.derived("resample_filter", binomialFilter());
  weight = scope.parameter("weight", {o.out, o.in, o.kernel, o.kernel}, Init::normal());
  if (o.bias) {
    bias = scope.parameter("bias", {o.out}, Init::constant(0));
  }
}

at::Tensor Conv::operator()(const at::Tensor& x, double gain) const {
  const double fan_in = static_cast<double>(options.in * options.kernel * options.kernel);
  const double weight_gain = 1.0 / std::sqrt(fan_in);
  const double act_gain = defaultGain(options.activation) * gain;
  std::optional<double> clamp = options.clamp;
  if (clamp) {
    *clamp *= gain;
  }
  if (const auto type = x.scalar_type(); type != at::kFloat) {
    // The activation is positively homogeneous: its gain is the weight's and the bias's.
    const at::Tensor y =
        quickResampledConv(x, (weight * (weight_gain * act_gain)).to(type), options.resampling);
    return quickBiasAct(y, bias.defined() ? bias * act_gain : bias, options.activation, clamp);
  }
  at::Tensor y = resampledConv(x, weight * weight_gain, resample_filter, options.resampling);
  return biasAct(std::move(y), bias, {options.activation, act_gain, clamp});
}

DiscriminatorBlock::DiscriminatorBlock(const Scope& scope, const DiscriminatorBlockOptions& o) : options(o) {
  scope.derived("resample_filter",
                binomialFilter());  // carried by published files, used by none of the layers
  if (o.in == 0) {
    fromrgb = Conv(scope / "fromrgb", {.in = o.img_channels, .out = o.tmp, .kernel = 1, .clamp = o.clamp});
  }
  conv0 = Conv(scope / "conv0", {.in = o.in == 0 ? o.tmp : o.in, .out = o.tmp, .clamp = o.clamp});
  conv1 =
      Conv(scope / "conv1", {.in = o.tmp, .out = o.out, .resampling = Resampling::Down2, .clamp = o.clamp});
  skip = Conv(scope / "skip",
              {.in = o.in == 0 ? o.tmp : o.in,
               .out = o.out,
               .kernel = 1,
               .bias = false,
               .activation = Activation::Linear,
               .resampling = Resampling::Down2});
}

at::Tensor DiscriminatorBlock::operator()(const at::Tensor& input, at::ScalarType dtype) const {
  at::Tensor x = input;
  if (dtype != at::kFloat) {
    x = toWorkingType(input, dtype);
  } else if (input.scalar_type() != at::kFloat) {
    x = input.to(at::kFloat).contiguous();  // the first block after those in a reduced type
  }
  x = options.in == 0 ? fromrgb(x) : x;
  return skip(x, std::sqrt(0.5)) + conv1(conv0(x), std::sqrt(0.5));
}

at::Tensor minibatchStandardDeviation(const at::Tensor& x,
                                      std::int64_t group,
                                      std::int64_t channels,
                                      bool consecutive) {
  const auto s = x.sizes();
  const std::int64_t size = group > 0 ? std::min(group, s[0]) : s[0];
  if (s[0] % size != 0) {
    throw Error(fmt::format("a batch of {} cannot be split into groups of {}", s[0], size),
                "choose a batch size that is a multiple of the minibatch-statistics group");
  }
  at::Tensor y = consecutive ? x.reshape({-1, size, channels, s[1] / channels, s[2], s[3]}).transpose(0, 1)
                             : x.reshape({size, -1, channels, s[1] / channels, s[2], s[3]});
  const at::Tensor deviation =
      ((y - y.mean(0)).square().mean(0) + 1e-8).sqrt().mean({2, 3, 4}).reshape({-1, channels, 1, 1});
  const at::Tensor map = consecutive
                             ? deviation.repeat_interleave(size, 0).expand({s[0], channels, s[2], s[3]})
                             : deviation.repeat({size, 1, s[2], s[3]});
  return at::cat({x, map}, 1);
}

DiscriminatorEpilogue::DiscriminatorEpilogue(const Scope& scope, const EpilogueOptions& o) : options(o) {
  conv = Conv(scope / "conv", {.in = o.in + o.mbstd_channels, .out = o.in, .clamp = o.clamp});
  fc = FullyConnected(scope / "fc", {.in = o.in * 16, .out = o.in, .activation = Activation::LeakyRelu});
  out = FullyConnected(scope / "out", {.in = o.in, .out = o.cmap_dim > 0 ? o.cmap_dim : 1});
}

at::Tensor DiscriminatorEpilogue::operator()(const at::Tensor& x,
                                             const at::Tensor& cmap,
                                             bool consecutive_groups) const {
  at::Tensor y = x;
  if (options.mbstd_channels > 0) {
    y = minibatchStandardDeviation(x, options.mbstd_group, options.mbstd_channels, consecutive_groups);
  }
  y = out(fc(conv(y).flatten(1)));
  if (options.cmap_dim == 0) {
    return y;
  }
  return (y * cmap).sum(1, true) * (1.0 / std::sqrt(static_cast<double>(options.cmap_dim)));
}

}  // namespace panohead::nn
