#pragma once

#include "core/generator/generator_config.h"
#include "core/nn/synthesis_network.h"

namespace panohead {

/// Channels and steps of one published super-resolution network.
struct SuperResolutionOptions {
  SuperResolutionKind kind = SuperResolutionKind::X8DC;
  std::int64_t input = 128;  // pixels on a side that go in
  std::int64_t feature_channels = 32;
  std::int64_t w_dim = 512;
  std::optional<double> clamp = 256.0;
  bool antialias = true;
};

/// Raw picture and feature to the final picture: two synthesis blocks driven by the last w (EG3D,
/// section 4.3). Names: block0.*, block1.*.
struct SuperResolution {
  SuperResolution() = default;
  SuperResolution(const Scope& scope, const SuperResolutionOptions& options);

  /// @param rgb [N, 3, r, r]  @param feature [N, C, r, r], both resized to the input size first
  /// @param w [N, w_dim]
  /// @param after_first_block when not null, receives the picture as the first block leaves it
  /// @return [N, 3, R, R] float32
  at::Tensor operator()(const at::Tensor& rgb,
                        const at::Tensor& feature,
                        const at::Tensor& w,
                        const nn::SynthesisRun& run,
                        at::Tensor* after_first_block = nullptr) const;

  /// Only the two blocks: for inputs that have the scale of the input size already, such as crops of
  /// enlarged pictures while training. Of any size with NoiseMode::None.
  at::Tensor blocks(const at::Tensor& rgb,
                    const at::Tensor& feature,
                    const at::Tensor& w,
                    const nn::SynthesisRun& run,
                    at::Tensor* after_first_block = nullptr) const;

  SuperResolutionOptions options;
  nn::SynthesisBlock block0, block1;
};

}  // namespace panohead
