#include "core/nn/mixed_precision.h"

#include "core/nn/quick_fir.h"
#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

at::Tensor toWorkingType(const at::Tensor& x, at::ScalarType type) {
  return x.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor quickResampledConv(const at::Tensor& x, const at::Tensor& weight, Resampling resampling) {
  const std::int64_t kernel = weight.size(2);
  const auto conv = [&](const at::Tensor& input, std::int64_t padding, std::int64_t stride) {
    return at::conv2d(input, weight, {}, at::IntArrayRef(stride), at::IntArrayRef(padding));
  };
  switch (resampling) {
    case Resampling::None:
      break;
    case Resampling::Up2:
      return kernel == 1 ? quickUpsample2(conv(x, 0, 1))
                         : quickBlur(at::conv_transpose2d(x, weight.transpose(0, 1), {}, 2), kernel / 2, 4.0);
    case Resampling::Down2:
      return kernel == 1 ? conv(quickDownsample2(x), 0, 1) : conv(quickBlur(x, kernel / 2 + 1), 0, 2);
  }
  return conv(x, kernel / 2, 1);
}

ModulatedActivations modulatedActivations(const at::Tensor& x,
                                          const at::Tensor& weight,
                                          const at::Tensor& style,
                                          Resampling resampling) {
  at::Tensor w = weight;
  at::Tensor s = style;
  if (x.scalar_type() == at::kHalf) {
    const double fan_in = static_cast<double>(weight.numel() / weight.size(0));
    w = w * (1.0 / std::sqrt(fan_in)) / w.abs().amax({1, 2, 3}, true);
    s = s / s.abs().amax({1}, true);
  }
  const at::Tensor demodulator = (at::matmul(s.square(), w.square().sum({2, 3}).t()) + 1e-8).rsqrt();
  const at::Tensor modulated = x * s.to(x.scalar_type()).unsqueeze(-1).unsqueeze(-1);
  return {quickResampledConv(modulated, w.to(x.scalar_type()), resampling), demodulator};
}

at::Tensor scaleBiasAct(const at::Tensor& y,
                        const at::Tensor& scale,
                        const at::Tensor& bias,
                        const at::Tensor& noise,
                        const EpilogueActOptions& options) {
  // The gain passes through the activation: leaky ReLU is positively homogeneous.
  const auto type = y.scalar_type();
  at::Tensor offset = (bias * options.gain).view({1, -1, 1, 1});
  if (noise.defined()) {
    offset = offset + noise * options.gain;
  }
  at::Tensor x = y * (scale * options.gain).to(type).unsqueeze(-1).unsqueeze(-1) + offset.to(type);
  if (options.activation == Activation::LeakyRelu) {
    x = at::leaky_relu(x, 0.2);
  }
  return options.clamp ? x.clamp(-*options.clamp, *options.clamp) : x;
}

}  // namespace panohead::nn
