#include "core/fast/cuda/captured_graph.h"

#include "core/tensor/prelude.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <mutex>
#include <optional>

namespace panohead::fast::cuda {

namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

constexpr int kWarmUps = 2;

struct Captures {
  std::mutex mutex;
  bool work = true;
  std::optional<c10::cuda::CUDAStream> stream;
  c10::MempoolId_t pool{0, 0};  // of which one reference is never given back: it outlives its graphs
};

Captures& captures() {
  static auto* const one = new Captures;  // never destroyed: at exit the driver may be gone before
  return *one;
}

/// After a failure: the stream is no longer captured, and the allocator serves it as any other.
void abandon(at::cuda::CUDAGraph& graph, const Captures& c, c10::DeviceIndex device) noexcept {
  try {
    graph.capture_end();
  } catch (const std::exception&) {  // it says that the capture is not valid, which is known
  }
  try {
    allocator::endAllocateToPool(device, c.pool);
  } catch (const std::exception&) {  // that was done
  }
}

}  // namespace

std::unique_lock<std::mutex> replayTurn() {
  static auto* const mutex = new std::mutex;  // never destroyed, as captures()
  return std::unique_lock(*mutex);
}

std::shared_ptr<at::cuda::CUDAGraph> capturedGraph(c10::DeviceIndex device,
                                                   const std::function<void()>& work) {
  Captures& c = captures();
  const std::lock_guard lock(c.mutex);
  if (!c.work) {
    return nullptr;
  }
  auto graph = std::make_shared<at::cuda::CUDAGraph>();
  std::optional<c10::cuda::CUDAStreamGuard> guard;  // until a failed capture was ended: only its stream can
  bool capturing = false;
  try {
    if (!c.stream) {
      c.pool = at::cuda::graph_pool_handle();
      allocator::createOrIncrefPool(device, c.pool);
      c.stream = c10::cuda::getStreamFromPool(false, device);
    }
    c10::cuda::getCurrentCUDAStream(device).synchronize();  // what the work reads is ready
    guard.emplace(*c.stream);
    for (int i = 0; i < kWarmUps; ++i) {
      work();
    }
    c.stream->synchronize();
    // Other threads may go on with their own streams meanwhile.
    capturing = true;  // also where this throws half way: the allocator serves the pool from its start on
    graph->capture_begin(c.pool, cudaStreamCaptureModeThreadLocal);
    work();
    graph->capture_end();
    return graph;
  } catch (const std::exception&) {
    c.work = false;
    if (capturing) {
      abandon(*graph, c, device);
    }
    if (c.stream) {
      cudaStreamSynchronize(c.stream->stream());  // memory that the work read may go now
    }
    cudaGetLastError();  // else the next check would find it again
    return nullptr;
  }
}

}  // namespace panohead::fast::cuda
