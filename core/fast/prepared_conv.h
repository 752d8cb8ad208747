#pragma once

#include "core/fast/packed_weight.h"
#include "core/kernels/finish_layout.h"
#include "core/nn/synthesis_network.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace panohead::fast {

/// What follows a convolution: y * scale + bias + noise, leaky ReLU, clamp. The activation's gain is in them.
struct Finishing {
  at::Tensor scale;  // [out] float32, or undefined: 1
  at::Tensor bias;   // [out] float32
  at::Tensor noise;  // [H, W] float32, or undefined: 0
  std::optional<double> clamp;
};

struct PreparedRgb;

/// A 3x3 convolution in bfloat16 with all that follows it. StyleGAN2's upsampling one, a transposed
/// convolution and a FIR filter, is done as four small convolutions, one for each parity of row and column;
/// the filter joins them in the pass that finishes.
class LayerConv {
 public:
  LayerConv() = default;
  /// @param weight [out, in, 3, 3] float32  @param size pixels on a side of its input
  LayerConv(const at::Tensor& weight, bool upsamples, std::int64_t size);

  /// @param x [1, in, h, w] bfloat16, channels-last
  /// @param rgb null, or what adds to `picture`: [1, 3, H, W] float32, channels-last
  /// @param keep false: only the picture is wanted, and the result is undefined
  /// @return [1, out, H, W] bfloat16, channels-last
  at::Tensor operator()(const at::Tensor& x,
                        const Finishing& finishing,
                        const PreparedRgb* rgb = nullptr,
                        const at::Tensor& picture = {},
                        bool keep = true) const;

 private:
  at::Tensor plain(const at::Tensor& x, const kernels::Finish& finish, bool keep) const;
  at::Tensor upsampled(const at::Tensor& x, const kernels::Finish& finish) const;

  std::vector<PackedWeight> weights_;  // one, or four: even and odd rows times even and odd columns
};

/// Sum of the squares of a layer's weight over its taps, for demodulation. [out, in]
at::Tensor weightEnergy(const nn::SynthesisLayer& layer);

/// The convolution of one head: modulated and demodulated.
struct PreparedConv {
  PreparedConv() = default;
  /// @param w [1, w_dim]  @param noise Random is not known here
  PreparedConv(const nn::SynthesisLayer& layer, const at::Tensor& w, NoiseMode noise);

  LayerConv conv;
  Finishing finishing;
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

}  // namespace panohead::fast
