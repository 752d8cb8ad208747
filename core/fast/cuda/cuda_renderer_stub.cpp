// Stands in for cuda_renderer.cpp where LibTorch has no CUDA, or there is no nvcc.
#include "core/base/error.h"
#include "core/fast/cuda/cuda_renderer.h"

namespace panohead {

class CudaModel {};

std::shared_ptr<const CudaModel> makeCudaModel(const Generator& /*generator*/) { return nullptr; }

std::unique_ptr<HeadRenderer> cudaRenderer(const std::shared_ptr<const CudaModel>& /*model*/,
                                           const PreparedHead& /*head*/) {
  throw DeviceError("this build of the program cannot draw with CUDA",
                    "build it where nvcc is in PATH, with a LibTorch that has CUDA");
}

}  // namespace panohead
