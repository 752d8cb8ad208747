#pragma once

#include "core/fast/prepared_conv.h"
#include "core/generator/super_resolution.h"

#include <functional>
#include <memory>

namespace panohead::fast {

/// Super-resolution of one head: every convolution modulated and packed, so that a frame does no work on
/// weights. Activations of quickType(), float32 sums and pictures.
class FastSuperResolution {
 public:
  /// @param w [1, w_dim]  @param noise None or Const
  /// @param checkpoint may be empty; called between layers, may throw to cancel
  FastSuperResolution(const SuperResolution& network,
                      const at::Tensor& w,
                      NoiseMode noise,
                      const std::function<void()>& checkpoint = {});

  /// @param rgb [1, 3, r, r]  @param feature [1, 32, r, r], both are resized to the input size first
  /// @param checkpoint may be empty; called several times a layer, may throw to cancel
  /// @return [1, 3, R, R] float32
  at::Tensor operator()(const at::Tensor& rgb,
                        const at::Tensor& feature,
                        const std::function<void()>& checkpoint) const;

 private:
  std::int64_t input_;
  bool antialias_;
  PreparedConv convs_[2][2];
  PreparedRgb rgbs_[2];
  bool upsamples_[2];
};

}  // namespace panohead::fast
