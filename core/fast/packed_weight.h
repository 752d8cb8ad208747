#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace panohead::fast {

/// The weight of a convolution in the order that the processor's library reads, so that it is not brought
/// into it again at each call.
class PackedWeight {
 public:
  PackedWeight() = default;
  /// @param weight [out, in, ky, kx] bfloat16  @param padding pixels of nothing around the picture, y and x
  /// @param size pixels on a side of the pictures it will be used on
  PackedWeight(const at::Tensor& weight, std::array<std::int64_t, 2> padding, std::int64_t size);

  /// @param x [1, in, h, w] bfloat16, channels-last  @param bias [out] bfloat16, or undefined
  /// @return [1, out, h + 2 padding + 1 - ky, w ..] bfloat16, channels-last
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias = {}) const;

 private:
  at::Tensor weight_;
  bool packed_ = false;
  std::array<std::int64_t, 2> padding_{};
};

}  // namespace panohead::fast
