#pragma once

#include "core/fast/head_renderer.h"

namespace panohead {

class CudaModel;

/// What drawing with CUDA needs of a model whatever the head, to be made once. Null where that cannot be:
/// parameters elsewhere than on a CUDA device, a decoder of other widths than the published 32, 64, 32, a GPU
/// that is too old, or a program built without nvcc or with a LibTorch that has no CUDA. @param generator
/// outlives it
std::shared_ptr<const CudaModel> makeCudaModel(const Generator& generator);

/// Volume rendering by our own kernels, super-resolution by cuDNN in float16 with our own finish. A whole
/// frame, draw() or drawAlone(), is one CUDA graph in place of some thirty launches, captured when a size
/// over a background is drawn for the second time. What it cannot draw (stochastic samples, random noise) the
/// specification draws. Pictures are tensors on the device, the caller's own; nothing waits for the GPU.
/// @param model not null  @param head on the model's device, planes packed or in the backbone's order. Labels
/// and backgrounds may be in host memory: the last backgrounds are kept on the device
std::unique_ptr<HeadRenderer> cudaRenderer(const std::shared_ptr<const CudaModel>& model,
                                           const PreparedHead& head);

}  // namespace panohead
