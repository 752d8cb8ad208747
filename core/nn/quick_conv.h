#pragma once

#include <ATen/core/Tensor.h>

namespace panohead::nn {

/// at::conv2d without bias, dilation and groups, whose second derivative is right in every type. LibTorch's
/// own (2.11 to 2.13) gives a wrong gradient of the weight there for bfloat16 on CPUs: it computes that
/// gradient as a convolution with a kernel of the picture's size.
/// @param x [N, I, H, W]  @param weight [O, I, k, k] of the same type
at::Tensor quickConv(const at::Tensor& x,
                     const at::Tensor& weight,
                     std::int64_t stride,
                     std::int64_t padding);

}  // namespace panohead::nn
