#pragma once

#include "core/fast/prepared_conv.h"
#include "core/generator/super_resolution.h"

#include <functional>
#include <memory>

namespace panohead::fast {

/// The convolutions of a super-resolution network, packed once for all heads of a model.
struct SuperResolutionWeights {
  /// @param checkpoint may be empty; called between layers, may throw to cancel
  explicit SuperResolutionWeights(const SuperResolution& network,
                                  const std::function<void()>& checkpoint = {});

  PackedLayer layers[2][2];
};

/// Super-resolution of one head: its w scales the activations, as they leave one layer for the next, so that
/// neither a head nor a frame costs any work on weights. Activations of quickType(), float32 sums and
/// pictures.
class FastSuperResolution {
 public:
  /// @param weights not null, of this network  @param w [1, w_dim]  @param noise None or Const
  FastSuperResolution(const SuperResolution& network,
                      std::shared_ptr<const SuperResolutionWeights> weights,
                      const at::Tensor& w,
                      NoiseMode noise);

  /// @param rgb [1, 3, r, r]  @param feature [1, 32, r, r], both are resized to the input size first
  /// @param checkpoint may be empty; called several times a layer, may throw to cancel
  /// @return [1, 3, R, R] float32
  at::Tensor operator()(const at::Tensor& rgb,
                        const at::Tensor& feature,
                        const std::function<void()>& checkpoint) const;

 private:
  std::int64_t input_;
  bool antialias_;
  std::shared_ptr<const SuperResolutionWeights> weights_;
  at::Tensor style_;  // [1, 32, 1, 1] of the first layer
  Finishing finishing_[2][2];
  PreparedRgb rgbs_[2];
  bool upsamples_[2];
};

}  // namespace panohead::fast
