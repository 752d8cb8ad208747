#pragma once

#include "core/nn/resample.h"

#include <ATen/core/Tensor.h>

namespace panohead::nn {

/// The layers' arithmetic in a reduced type (bfloat16, float16): activations in that type and channels-last,
/// styles and demodulation in float32, parameters in float32 and rounded where they are used.

/// x in the type and channels-last; x itself where it is so already.
at::Tensor toWorkingType(const at::Tensor& x, at::ScalarType type);

/// The convolution of core/nn/resample.h's resampledConv, with the quick (1, 3, 3, 1) filters.
/// @param x [N, I, H, W] channels-last  @param weight [O, I, k, k] of x's type
at::Tensor quickResampledConv(const at::Tensor& x, const at::Tensor& weight, Resampling resampling);

/// Style-modulated convolution with the modulation on the activations (StyleGAN2, section 2.2); the
/// demodulation is left to the epilogue (core/nn/quick_epilogue.h).
struct ModulatedActivations {
  at::Tensor y;            // [N, O, H', W'] of the type, channels-last; to be multiplied by
  at::Tensor demodulator;  // [N, O] float32
};
/// In float16 weight and style are divided by their largest magnitudes first, per output channel and per
/// item: the demodulation takes both back, and sums stay within the type's range.
/// @param x [N, I, H, W] of the working type, channels-last
/// @param weight [O, I, k, k] float32  @param style [N, I] float32
ModulatedActivations modulatedActivations(const at::Tensor& x,
                                          const at::Tensor& weight,
                                          const at::Tensor& style,
                                          Resampling resampling);

}  // namespace panohead::nn
