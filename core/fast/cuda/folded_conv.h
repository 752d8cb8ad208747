#pragma once

#include "core/nn/synthesis_layer.h"

#include <ATen/core/Tensor.h>

#include <optional>

namespace panohead::fast::cuda {

/// A layer's weight before any w is known. An upsampling convolution is joined with its FIR filter into a
/// plain one with four times the channels, the phases of every 2 x 2 pixels. That is four times the
/// arithmetic, but one call of cuDNN with nothing to combine after it.
struct FoldedConv {
  FoldedConv() = default;
  explicit FoldedConv(const nn::SynthesisLayer& layer);

  at::Tensor weight;  // [phases * out, in, 3, 3] float32, phases 1 or 4 (row parity, then column parity)
  at::Tensor energy;  // [out, in] sum of squares of the layer's weight, for demodulation
  bool upsamples = false;
};

/// The convolution of one head: modulated, demodulated, the activation's gain inside.
struct ModulatedConv {
  ModulatedConv() = default;
  /// @param w [1, w_dim]  @param noise None or Const
  ModulatedConv(const FoldedConv& folded,
                const nn::SynthesisLayer& layer,
                const at::Tensor& w,
                NoiseMode noise);

  at::Tensor weight;  // [phases * out, in, 3, 3] float32
  at::Tensor bias;    // [out] float32
  at::Tensor noise;   // [R, R] float32, or undefined
  std::optional<double> clamp;
  bool upsamples = false;
};

}  // namespace panohead::fast::cuda
