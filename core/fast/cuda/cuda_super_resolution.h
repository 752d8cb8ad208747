#pragma once

#include "core/fast/cuda/folded_conv.h"
#include "core/fast/prepared_conv.h"
#include "core/generator/super_resolution.h"

namespace panohead::fast::cuda {

/// What super-resolution on a CUDA device needs of a model before any head is known.
struct FoldedNetwork {
  explicit FoldedNetwork(const SuperResolution& network);

  const SuperResolution* network;  // outlives this
  FoldedConv weights[2][2];        // of block, convolution; on the network's device
};

/// Super-resolution of one head: modulated convolutions through cuDNN on channels-last pictures in float16
/// (in bfloat16 where nothing bounds the activations), what follows each of them in one kernel of ours. May
/// be captured into a CUDA graph.
class CudaSuperResolution {
 public:
  /// @param w [1, w_dim]  @param noise None or Const
  CudaSuperResolution(const FoldedNetwork& folded, const at::Tensor& w, NoiseMode noise);

  /// On the current stream. @param rgb [1, 3, r, r]  @param feature [1, 32, r, r], both are resized first
  /// @return [1, 3, R, R] float32
  at::Tensor operator()(const at::Tensor& rgb, const at::Tensor& feature) const;

 private:
  at::Tensor convolve(const ModulatedConv& conv,
                      const at::Tensor& x,
                      const PreparedRgb* rgb,
                      const at::Tensor& before,
                      bool enlarge,
                      at::Tensor* picture,
                      bool keep) const;

  std::int64_t input_;  // pixels on a side
  bool antialias_;
  at::ScalarType type_;
  ModulatedConv convs_[2][2];  // weights in type_, channels-last
  PreparedRgb rgbs_[2];
  bool upsamples_[2];
};

}  // namespace panohead::fast::cuda
