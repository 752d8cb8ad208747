#pragma once
// For the files that nvcc compiles.

#include "core/base/error.h"

#include <cuda_runtime_api.h>
#include <string>

namespace panohead::fast::cuda {

/// Throws DeviceError with CUDA's own text.
inline void must(cudaError_t result, const char* what) {
  if (result == cudaSuccess) {
    return;
  }
  cudaGetLastError();  // else the next check would find it again
  const char* hint = result == cudaErrorMemoryAllocation
                         ? "draw smaller pictures, or close what else uses the GPU"
                         : "look at nvidia-smi; another GPU can be chosen with CUDA_VISIBLE_DEVICES";
  throw DeviceError(
      std::string("CUDA cannot ") + what + ": " + cudaGetErrorString(result), hint, cudaGetErrorName(result));
}

}  // namespace panohead::fast::cuda
