#pragma once

#include "core/base/noise_mode.h"
#include "core/nn/fully_connected.h"
#include "core/nn/modulated_conv.h"
#include "core/tensor/batch_random.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>

namespace panohead::nn {

/// How a synthesis network is run, as opposed to what it is.
struct SynthesisRun {
  NoiseMode noise = NoiseMode::Const;
  bool fused = true;                            // see ModulatedConvOptions
  std::shared_ptr<const BatchRandom> random{};  // for NoiseMode::Random; null: the process's own numbers
  std::function<void()> checkpoint{};           // called before every layer; may throw to cancel
  /// Type of activations and convolution weights. float32 is the specification; bfloat16 and float16 run
  /// channels-last with modulation on the activations (core/nn/mixed_precision.h), whatever `fused` says.
  at::ScalarType dtype = at::kFloat;
  std::int64_t upto = 0;   // stop at the block of this resolution; 0: the whole network
  at::Tensor rgb_order{};  // int64: channels of the picture in this order; undefined: as stored
  /// May be empty: is shown what each modulated convolution reads.
  /// (weight [O, I, k, k], x [N, I, H, W], style [N, I])
  std::function<void(const at::Tensor&, const at::Tensor&, const at::Tensor&)> observe{};
};

struct SynthesisLayerOptions {
  std::int64_t in = 0;   // channels
  std::int64_t out = 0;  // channels
  std::int64_t w_dim = 512;
  std::int64_t resolution = 4;  // pixels of the result (and of the noise picture)
  Resampling resampling = Resampling::None;
  std::optional<double> clamp{};
};

/// Modulated 3x3 convolution, noise, bias, leaky ReLU (StyleGAN2).
/// Names: affine.*, weight, bias, noise_const, noise_strength, resample_filter.
struct SynthesisLayer {
  SynthesisLayer() = default;
  SynthesisLayer(const Scope& scope, const SynthesisLayerOptions& options);

  /// @param x [N, in, h, w]  @param w [N, w_dim]  @return [N, out, H, W]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& w, const SynthesisRun& run) const;

  SynthesisLayerOptions options;
  FullyConnected affine;
  at::Tensor weight, bias, noise_const, noise_strength, resample_filter;

 private:
  at::Tensor noise(std::int64_t batch, const SynthesisRun& run) const;
  at::Tensor inReducedType(const at::Tensor& x, const at::Tensor& w, const SynthesisRun& run) const;
};

struct ToRgbOptions {
  std::int64_t in = 0;   // channels
  std::int64_t out = 0;  // channels of the picture (3), of the planes, or of the background
  std::int64_t w_dim = 512;
  std::optional<double> clamp{};
};

/// Modulated 1x1 convolution without demodulation, and bias. Names: affine.*, weight, bias.
/// The result has x's type.
struct ToRgb {
  ToRgb() = default;
  ToRgb(const Scope& scope, const ToRgbOptions& options);

  /// @param x [N, in, H, W]  @param w [N, w_dim]  @return [N, out, H, W]
  /// @param order of the channels, see SynthesisRun::rgb_order
  at::Tensor operator()(const at::Tensor& x,
                        const at::Tensor& w,
                        bool fused,
                        const at::Tensor& order = {}) const;

  /// The same, channels-last and as one product of matrices: with hundreds of channels a convolution and its
  /// change of layout take several times as much memory. float32 only.
  at::Tensor channelsLast(const at::Tensor& x, const at::Tensor& w, const at::Tensor& order = {}) const;

  ToRgbOptions options;
  FullyConnected affine;
  at::Tensor weight, bias;
};

}  // namespace panohead::nn
