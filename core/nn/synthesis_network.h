#pragma once

#include "core/nn/synthesis_layer.h"

#include <vector>

namespace panohead::nn {

struct SynthesisBlockOptions {
  std::int64_t in = 0;   // channels; 0: the first block, which starts from a learned constant
  std::int64_t out = 0;  // channels
  std::int64_t w_dim = 512;
  std::int64_t resolution = 4;  // pixels of the result
  std::int64_t img_channels = 3;
  bool upsample = true;  // false: super-resolution's block at its input's size
  std::optional<double> clamp{};
};

/// One resolution of a skip-architecture synthesis network.
/// Names: const (first block), conv0.* (others), conv1.*, torgb.*, resample_filter.
struct SynthesisBlock {
  SynthesisBlock() = default;
  SynthesisBlock(const Scope& scope, const SynthesisBlockOptions& options);

  struct State {
    at::Tensor x;  // [N, out, R, R] activations; ignored by the first block
    // [N, img_channels, R, R] accumulated picture; undefined before the first block. In float32, but
    // pictures of many channels (planes) in bfloat16 when the run is.
    at::Tensor img;
  };
  /// @param ws [N, convCount() + 1, w_dim]: one for each convolution and one for ToRGB.
  State operator()(const State& state, const at::Tensor& ws, const SynthesisRun& run) const;

  std::int64_t convCount() const noexcept { return options.in == 0 ? 1 : 2; }

  SynthesisBlockOptions options;
  at::Tensor constant, resample_filter;
  SynthesisLayer conv0, conv1;
  ToRgb torgb;
};

struct SynthesisOptions {
  std::int64_t w_dim = 512;
  std::int64_t resolution = 256;  // a power of two, at least 4
  std::int64_t img_channels = 3;
  std::int64_t channel_base = 32768;
  std::int64_t channel_max = 512;
  std::optional<double> clamp{};
};

/// StyleGAN2's synthesis network with skip connections: blocks 4, 8, .. resolution, named b4, b8, ...
struct SynthesisNetwork {
  SynthesisNetwork() = default;
  SynthesisNetwork(const Scope& scope, const SynthesisOptions& options);

  /// Layers that take a w: 2 log2(resolution) - 2.
  std::int64_t numWs() const noexcept;

  /// @param ws [N, >= numWs(), w_dim]
  /// @param states when not null, receives the result of every block
  /// @return [N, img_channels, R, R], R being the resolution or run.upto; see SynthesisBlock::State::img
  at::Tensor operator()(const at::Tensor& ws,
                        const SynthesisRun& run,
                        std::vector<SynthesisBlock::State>* states = nullptr) const;

  SynthesisOptions options;
  std::vector<SynthesisBlock> blocks;
};

}  // namespace panohead::nn
