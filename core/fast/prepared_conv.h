#pragma once

#include "core/nn/synthesis_network.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace panohead::fast {

/// A model's modulated 3x3 convolution before any w is known. An upsampling one is folded with its FIR filter
/// into one plain convolution with four times the channels: the phases of every 2 x 2 pixels.
struct FoldedWeight {
  FoldedWeight() = default;
  explicit FoldedWeight(const nn::SynthesisLayer& layer);

  at::Tensor weight;  // [phases * out, in, 3, 3] float32, phases 1 or 4
  at::Tensor energy;  // [out, in] sum of squares of the unfolded weight, for demodulation
  bool upsamples = false;
};

/// The convolution of one head: modulated, demodulated, the activation's gain inside, in bfloat16 and
/// channels-last; and what follows it.
struct PreparedConv {
  PreparedConv() = default;
  /// @param w [1, w_dim]  @param noise Random is not known here
  PreparedConv(const FoldedWeight& folded,
               const nn::SynthesisLayer& layer,
               const at::Tensor& w,
               NoiseMode noise);

  at::Tensor weight;  // [phases * out, in, 3, 3] bfloat16
  at::Tensor bias;    // [out] float32
  at::Tensor noise;   // [R, R] float32, or undefined
  std::optional<double> clamp;
  bool upsamples = false;
};

/// A ToRGB of one head.
struct PreparedRgb {
  PreparedRgb() = default;
  PreparedRgb(const nn::ToRgb& layer, const at::Tensor& w);

  /// @param x [1, in, h, w] float32  @return [1, 3, h, w]
  at::Tensor operator()(const at::Tensor& x) const;

  at::Tensor weight;  // [3, in] float32
  at::Tensor bias;    // [3] float32
  std::optional<double> clamp;
};

/// Convolution, and all that follows it in one pass over the result.
/// @param x [1, in, h, w] bfloat16, channels-last  @param rgb null, or what adds to `picture`
/// @param picture [1, 3, H, W] float32, channels-last; added to
/// @param keep false: only the picture is wanted, and the result is undefined
/// @return [1, out, H, W] bfloat16, channels-last
at::Tensor convolve(const PreparedConv& conv,
                    const at::Tensor& x,
                    const PreparedRgb* rgb = nullptr,
                    const at::Tensor& picture = {},
                    bool keep = true);

}  // namespace panohead::fast
