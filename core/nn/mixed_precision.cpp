#include "core/nn/mixed_precision.h"

#include "core/nn/quick_conv.h"
#include "core/nn/quick_epilogue.h"
#include "core/nn/quick_fir.h"
#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

at::Tensor toWorkingType(const at::Tensor& x, at::ScalarType type) {
  return x.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor quickResampledConv(const at::Tensor& x, const at::Tensor& weight, Resampling resampling) {
  const std::int64_t kernel = weight.size(2);
  switch (resampling) {
    case Resampling::None:
      break;
    case Resampling::Up2:
      return kernel == 1 ? quickUpsample2(quickConv(x, weight, 1, 0))
                         : quickBlur(at::conv_transpose2d(x, weight.transpose(0, 1), {}, 2), kernel / 2, 4.0);
    case Resampling::Down2:
      return kernel == 1 ? quickConv(quickDownsample2(x), weight, 1, 0)
                         : quickConv(quickBlur(x, kernel / 2 + 1), weight, 2, 0);
  }
  return quickConv(x, weight, 1, kernel / 2);
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
  return {quickResampledConv(modulate(x, s), w.to(x.scalar_type()), resampling), demodulator};
}

}  // namespace panohead::nn
