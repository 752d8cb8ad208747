#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace panohead::fast {

/// The weight of a convolution in the order that the processor's library reads, so that it is not brought
/// into it again at each call.
class PackedWeight {
 public:
  PackedWeight() = default;
  /// @param weight [out, in, ky, kx] bfloat16 (only where quickType() can be) or float32
  /// @param padding pixels of nothing around the picture, y and x
  /// @param size pixels on a side of the pictures it will be used on
  PackedWeight(const at::Tensor& weight, std::array<std::int64_t, 2> padding, std::int64_t size);

  /// @param x [1, in, h, w] channels-last  @param bias [out], or undefined; both of the weight's type
  /// @return [1, out, h + 2 padding + 1 - ky, w ..] of that type, channels-last
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias = {}) const {
    return convolve(x, bias, padding_);
  }
  /// Of rows that have others above and below: no padding there, h + 1 - ky rows.
  at::Tensor convolveInside(const at::Tensor& x) const { return convolve(x, {}, {0, padding_[1]}); }

  at::ScalarType type() const { return weight_.scalar_type(); }

 private:
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias, std::array<std::int64_t, 2> padding) const;

  at::Tensor weight_;
  bool packed_ = false;
  std::array<std::int64_t, 2> padding_{};
};

}  // namespace panohead::fast
