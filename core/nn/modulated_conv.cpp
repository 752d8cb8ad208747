#include "core/nn/modulated_conv.h"

#include "core/tensor/prelude.h"

namespace panohead::nn {

at::Tensor modulatedConv(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& style,
                         const at::Tensor& filter,
                         const at::Tensor& noise,
                         const ModulatedConvOptions& options) {
  const std::int64_t batch = x.size(0);
  const std::int64_t out = weight.size(0);
  const std::int64_t in = weight.size(1);
  at::Tensor modulated;    // [N, O, I, k, k]
  at::Tensor demodulator;  // [N, O]
  if (options.fused || options.demodulate) {
    modulated = weight.unsqueeze(0) * style.view({batch, 1, in, 1, 1});
  }
  if (options.demodulate) {
    demodulator = (modulated.square().sum({2, 3, 4}) + 1e-8).rsqrt();
  }

  at::Tensor y;
  if (options.fused) {
    if (demodulator.defined()) {
      modulated = modulated * demodulator.view({batch, out, 1, 1, 1});
    }
    y = resampledConv(x.reshape({1, batch * in, x.size(2), x.size(3)}),
                      modulated.reshape({batch * out, in, weight.size(2), weight.size(3)}),
                      filter,
                      options.resampling,
                      batch);
    y = y.view({batch, out, y.size(2), y.size(3)});
  } else {
    y = resampledConv(x * style.view({batch, in, 1, 1}), weight, filter, options.resampling);
    if (demodulator.defined()) {
      y = y * demodulator.view({batch, out, 1, 1});
    }
  }
  return noise.defined() ? y + noise : y;
}

}  // namespace panohead::nn
