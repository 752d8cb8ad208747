#pragma once

#include "core/fast/packed_weight.h"
#include "core/kernels/finish_layout.h"
#include "core/nn/synthesis_network.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <vector>

namespace panohead::fast {

/// What follows a convolution: y * scale + bias + noise, leaky ReLU, clamp. The activation's gain is in them.
/// What is handed on to the next convolution is multiplied by `next`, its style; what is drawn is not.
struct Finishing {
  at::Tensor scale;  // [out] float32, or undefined: 1
  at::Tensor bias;   // [out] float32
  at::Tensor noise;  // [H, W] float32, or undefined: 0
  std::optional<double> clamp;
  at::Tensor next{};  // [out] float32, or undefined: 1
};

struct PreparedRgb;
struct Stripe;

/// Called again and again while something is made; may be empty, may throw to cancel.
using AskToStop = std::function<void()>;
inline void check(const AskToStop& ask) {
  if (ask) {
    ask();
  }
}

/// A 3x3 convolution with all that follows it, in stripes of rows that stay near to the processor. It
/// computes in quickType(), as that was when it was made; sums are float32. StyleGAN2's upsampling one, a
/// transposed convolution and a FIR filter, is done as four small convolutions, one for each parity of row
/// and column; the filter joins them in the pass that finishes.
class LayerConv {
 public:
  LayerConv() = default;
  /// @param weight [out, in, 3, 3] float32  @param size pixels on a side of its input
  LayerConv(const at::Tensor& weight, bool upsamples, std::int64_t size);

  /// @param x [1, in, h, w] of type(), channels-last
  /// @param checkpoint may be empty; called before every stripe, may throw to cancel
  /// @return [1, out, H, W] of type(), channels-last
  at::Tensor operator()(const at::Tensor& x,
                        const Finishing& finishing,
                        const AskToStop& checkpoint = {}) const;

  /// The same of a layer that does not upsample, and what it adds to a picture.
  /// @param picture [1, 3, H, W] float32, channels-last
  /// @param keep false: only the picture is wanted, and the result is undefined
  at::Tensor drawn(const at::Tensor& x,
                   const Finishing& finishing,
                   const PreparedRgb& rgb,
                   const at::Tensor& picture,
                   bool keep,
                   const AskToStop& checkpoint = {}) const;

  /// What this layer, which upsamples, and the `next` add to a picture: rows go from the one to the other,
  /// and the larger of the two results is never there as a whole.
  void drawnThrough(const LayerConv& next,
                    const at::Tensor& x,
                    const Finishing& finishing,
                    const Finishing& next_finishing,
                    const PreparedRgb& rgb,
                    const at::Tensor& picture,
                    const AskToStop& checkpoint = {}) const;

  bool upsamples() const { return weights_.size() > 1; }
  at::ScalarType type() const { return weights_.front().type(); }

 private:
  at::Tensor plain(const at::Tensor& x,
                   const kernels::Finish& finish,
                   bool keep,
                   const AskToStop& checkpoint) const;
  at::Tensor upsampled(const at::Tensor& x, const kernels::Finish& finish, const AskToStop& checkpoint) const;
  void upsampleRows(const at::Tensor& x,
                    const kernels::Finish& finish,
                    const Stripe& stripe,
                    void* out,
                    std::int64_t out_row) const;

  std::vector<PackedWeight> weights_;  // one, or four: even and odd rows times even and odd columns
};

/// Sum of the squares of a layer's weight over its taps, for demodulation. [out, in]
at::Tensor weightEnergy(const nn::SynthesisLayer& layer);

/// A layer whose weight is packed for any head: what it reads is multiplied by a head's style, what comes out
/// by its demodulation (Finishing::scale).
struct PackedLayer {
  PackedLayer() = default;
  explicit PackedLayer(const nn::SynthesisLayer& layer);

  LayerConv conv;
  at::Tensor energy;  // [out, in], see weightEnergy()
};

/// What a head makes of a layer.
struct LayerOfHead {
  /// @param w [1, w_dim]  @param noise Random is not known here
  LayerOfHead(const PackedLayer& packed,
              const nn::SynthesisLayer& layer,
              const at::Tensor& w,
              NoiseMode noise);

  at::Tensor style;     // [in] float32
  Finishing finishing;  // without the next layer's style
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
