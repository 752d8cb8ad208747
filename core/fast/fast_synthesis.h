#pragma once

#include "core/fast/prepared_conv.h"
#include "core/nn/synthesis_network.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace panohead::fast {

/// A StyleGAN2 synthesis network (backbone, background) in quickType(), for heads that have to be there at
/// once, while a slider moves. Weights are folded and packed once a model, and w scales the activations
/// between them, so that a new w costs no work on weights. float32 sums; the same bytes for any number of
/// threads.
class FastSynthesis {
 public:
  /// Whether there are kernels for the network: a CPU, and channels that they know.
  static bool applies(const nn::SynthesisNetwork& network);

  /// @param rgb_order int64: channels of the picture in this order; undefined: as stored
  /// @param network outlives this
  /// @param checkpoint may be empty; called before every layer, may throw to cancel
  explicit FastSynthesis(const nn::SynthesisNetwork& network,
                         const at::Tensor& rgb_order = {},
                         const std::function<void()>& checkpoint = {});

  /// @param ws [1, >= numWs(), w_dim]  @param noise None or Const
  /// @param checkpoint may be empty; called many times a layer, may throw to cancel
  /// @return [1, img_channels, R, R] of quickType(), channels-last
  at::Tensor operator()(const at::Tensor& ws,
                        NoiseMode noise,
                        const std::function<void()>& checkpoint = {}) const;

 private:
  struct Layer {
    const nn::SynthesisLayer* layer = nullptr;
    PackedLayer packed;
  };
  struct Block {
    at::Tensor constant;  // of the first one; channels-last
    std::vector<Layer> layers;
    const nn::ToRgb* torgb = nullptr;
    PackedWeight rgb_weight;
    at::Tensor rgb_bias;
  };
  /// What small blocks made of the newest w, a few megabytes: a w that differs in later layers alone (mixing,
  /// sliders of some layers) goes on from there.
  struct Trace {
    at::Tensor ws;
    NoiseMode noise = NoiseMode::None;
    std::vector<at::Tensor> activations, images;  // after each block
  };
  std::size_t sharedBlocks(const Trace& trace, const at::Tensor& ws, NoiseMode noise) const;
  at::Tensor run(const Layer& layer,
                 const at::Tensor& x,
                 const at::Tensor& w,
                 NoiseMode noise,
                 const AskToStop& checkpoint) const;
  at::Tensor picture(const Block& block, const at::Tensor& x, const at::Tensor& w) const;

  std::vector<Block> blocks_;
  std::size_t traced_blocks_ = 0;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Trace> trace_;
};

}  // namespace panohead::fast
