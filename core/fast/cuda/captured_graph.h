#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <mutex>

namespace at::cuda {
struct CUDAGraph;
}

namespace panohead::fast::cuda {

/// Work for the GPU as one launch. All graphs of the process are captured one after the other, on one stream
/// and into one pool of memory, where what one leaves lies over what another computes with. Hence they are
/// replayed on one stream, the default one, each in its replayTurn().
/// @param work gives the same launches to the current stream whenever it is called: a few times for libraries
/// to choose their kernels in, and once to be captured. What it allocates then is the graph's while it is
/// kept
/// @return null: captures do not work with this driver or device, and are not tried again
std::shared_ptr<at::cuda::CUDAGraph> capturedGraph(c10::DeviceIndex device,
                                                   const std::function<void()>& work);

/// To be held from before a graph's input is written until what its replay leaves has been copied: the host
/// only gives these to the stream, so nobody waits for long.
std::unique_lock<std::mutex> replayTurn();

}  // namespace panohead::fast::cuda
