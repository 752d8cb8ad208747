#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace at::cuda {
struct CUDAGraph;
}

namespace panohead::fast::cuda {

/// Work for the GPU as one launch. All graphs of the process are captured one after the other, on one stream
/// and into one pool of memory; hence they are to be replayed on one stream, the default one, and what a
/// replay leaves is to be copied there before the next replay.
/// @param work gives the same launches to the current stream whenever it is called: a few times for libraries
/// to choose their kernels in, and once to be captured. What it allocates then is the graph's while it is
/// kept
/// @return null: captures do not work with this driver or device, and are not tried again
std::shared_ptr<at::cuda::CUDAGraph> capturedGraph(c10::DeviceIndex device,
                                                   const std::function<void()>& work);

}  // namespace panohead::fast::cuda
