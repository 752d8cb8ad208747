#pragma once

#include "core/fast/head_renderer.h"

namespace panohead {

class CudaModel;

/// What drawing with CUDA needs of a model whatever the head, to be made once. Null where that cannot be:
/// parameters elsewhere than on a CUDA device, a decoder with an activation or of other widths than the
/// published 32, 64, 32, a GPU that is too old, or a program built without nvcc or with a LibTorch that has
/// no CUDA. @param generator outlives it
std::shared_ptr<const CudaModel> makeCudaModel(const Generator& generator);

/// A renderer whose whole frame is one CUDA graph.
class CudaHeadRenderer : public HeadRenderer {
 public:
  /// renderFeature() and finish() at once: some thirty launches become one. The graph is captured when a size
  /// over a background is first drawn. Results are the caller's own.
  virtual SynthesisOutput draw(const at::Tensor& label,
                               const at::Tensor& background,
                               const SynthesisSettings& settings) const = 0;
};

/// Volume rendering by our own kernels, super-resolution by cuDNN in float16 with our own finish. What it
/// cannot draw (stochastic samples, random noise) the specification draws. Pictures are tensors on the
/// device; nothing waits for the GPU.
/// @param model not null  @param head on the model's device, planes in the backbone's order
std::unique_ptr<CudaHeadRenderer> cudaRenderer(const std::shared_ptr<const CudaModel>& model,
                                               const PreparedHead& head);

}  // namespace panohead
