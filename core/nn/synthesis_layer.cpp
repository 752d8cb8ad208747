#include "core/nn/synthesis_layer.h"

#include "core/nn/mixed_precision.h"
#include "core/nn/quick_epilogue.h"
#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

SynthesisLayer::SynthesisLayer(const Scope& scope, const SynthesisLayerOptions& o) : options(o) {
  affine = FullyConnected(scope / "affine", {.in = o.w_dim, .out = o.in, .bias_init = 1.0});
  weight = scope.parameter("weight", {o.out, o.in, 3, 3}, Init::normal());
  noise_strength = scope.parameter("noise_strength", {}, Init::constant(0));
  bias = scope.parameter("bias", {o.out}, Init::constant(0));
  resample_filter = scope.derived("resample_filter", binomialFilter());
  noise_const = scope.buffer("noise_const", {o.resolution, o.resolution}, Init::normal());
}

at::Tensor SynthesisLayer::noise(std::int64_t batch, const SynthesisRun& run) const {
  switch (run.noise) {
    case NoiseMode::Const:
      return noise_const * noise_strength;
    case NoiseMode::Random:
      return (run.random != nullptr ? run.random->normal({1, options.resolution, options.resolution})
                                    : at::randn({batch, 1, options.resolution, options.resolution},
                                                weight.options().requires_grad(false))) *
             noise_strength;
    case NoiseMode::None:
      break;
  }
  return {};
}

at::Tensor SynthesisLayer::operator()(const at::Tensor& x,
                                      const at::Tensor& w,
                                      const SynthesisRun& run) const {
  if (run.checkpoint) {
    run.checkpoint();
  }
  if (run.observe) {
    run.observe(weight, x, affine(w));
  }
  if (run.dtype != at::kFloat) {
    return inReducedType(x, w, run);
  }
  at::Tensor y = modulatedConv(x,
                               weight,
                               affine(w),
                               resample_filter,
                               noise(x.size(0), run),
                               {.demodulate = true, .resampling = options.resampling, .fused = run.fused});
  return biasAct(std::move(y), bias, {Activation::LeakyRelu, std::sqrt(2.0), options.clamp});
}

at::Tensor SynthesisLayer::inReducedType(const at::Tensor& x,
                                         const at::Tensor& w,
                                         const SynthesisRun& run) const {
  const ModulatedActivations conv =
      modulatedActivations(toWorkingType(x, run.dtype), weight, affine(w), options.resampling);
  return scaleBiasAct(conv.y,
                      conv.demodulator,
                      bias,
                      noise(x.size(0), run),
                      {Activation::LeakyRelu, std::sqrt(2.0), options.clamp});
}

ToRgb::ToRgb(const Scope& scope, const ToRgbOptions& o) : options(o) {
  affine = FullyConnected(scope / "affine", {.in = o.w_dim, .out = o.in, .bias_init = 1.0});
  weight = scope.parameter("weight", {o.out, o.in, 1, 1}, Init::normal());
  bias = scope.parameter("bias", {o.out}, Init::constant(0));
}

at::Tensor ToRgb::channelsLast(const at::Tensor& x, const at::Tensor& w, const at::Tensor& order) const {
  const at::Tensor style = affine(w) * (1.0 / std::sqrt(static_cast<double>(options.in)));  // [N, I]
  const at::Tensor kernel = (order.defined() ? weight.index_select(0, order) : weight).flatten(1);
  const at::Tensor modulated = kernel.unsqueeze(0) * style.unsqueeze(1);  // [N, O, I]
  const at::Tensor y = at::bmm(x.flatten(2).transpose(1, 2), modulated.transpose(1, 2));
  const at::Tensor picture = y.view({x.size(0), x.size(2), x.size(3), -1}).permute({0, 3, 1, 2});
  return biasAct(picture,
                 order.defined() ? bias.index_select(0, order) : bias,
                 {Activation::Linear, 1.0, options.clamp});
}

at::Tensor ToRgb::operator()(const at::Tensor& x,
                             const at::Tensor& w,
                             bool fused,
                             const at::Tensor& order) const {
  const at::Tensor style = affine(w) * (1.0 / std::sqrt(static_cast<double>(options.in)));
  const at::Tensor kernel = order.defined() ? weight.index_select(0, order) : weight;
  const at::Tensor offset = order.defined() ? bias.index_select(0, order) : bias;
  const auto type = x.scalar_type();
  if (type != at::kFloat) {
    const at::Tensor y = at::conv2d(modulate(x, style), kernel.to(type), offset.to(type));
    return options.clamp ? y.clamp(-*options.clamp, *options.clamp) : y;
  }
  at::Tensor y = modulatedConv(x, kernel, style, {}, {}, {.demodulate = false, .fused = fused});
  return biasAct(std::move(y), offset, {Activation::Linear, 1.0, options.clamp});
}

}  // namespace panohead::nn
