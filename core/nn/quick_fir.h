#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace panohead::nn {

/// The (1, 3, 3, 1) resampling of core/nn/resample.h on channels-last pictures, as one pass each. On CPUs
/// for float32 and bfloat16 (sums in float32), elsewhere by the general filter. Equal to it up to
/// rounding, and differentiable any number of times (each gradient is the adjoint filter).

/// upsample2(x) + add. @param x [N, C, H, W]  @param add [N, C, 2H, 2W] of x's type, or undefined
at::Tensor quickUpsample2(const at::Tensor& x, const at::Tensor& add = {});

/// sum = upsample2(x) + sum, without a second picture of that size where there are no gradients.
/// @param sum [N, C, 2H, 2W] of x's type, channels-last for that
void addUpsampled2(at::Tensor& sum, const at::Tensor& x);

/// downsample2(x). @param x [N, C, H, W], both even
at::Tensor quickDownsample2(const at::Tensor& x);

/// The filter (sum 1) times gain at every pixel, after padding all sides with zeros.
/// @return [N, C, H + 2 padding - 3, W + 2 padding - 3]
at::Tensor quickBlur(const at::Tensor& x, std::int64_t padding, double gain = 1.0);

}  // namespace panohead::nn
