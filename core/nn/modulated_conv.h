#pragma once

#include "core/nn/resample.h"

#include <ATen/core/Tensor.h>

namespace panohead::nn {

struct ModulatedConvOptions {
  bool demodulate = true;
  Resampling resampling = Resampling::None;
  bool fused = true;  // one grouped convolution with per-sample weights; else scale activations
};

/// Convolution whose weight is scaled per input channel by a style and renormalised per output channel
/// (StyleGAN2, section 2.2). Fused and unfused agree up to rounding; unfused is cheaper to
/// differentiate for batches.
/// @param x [N, I, H, W]
/// @param weight [O, I, k, k]
/// @param style [N, I]
/// @param noise undefined, [H', W'] or [N, 1, H', W'], added to the result
at::Tensor modulatedConv(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& style,
                         const at::Tensor& filter,
                         const at::Tensor& noise,
                         const ModulatedConvOptions& options);

}  // namespace panohead::nn
