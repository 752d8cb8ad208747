#include "core/fast/cuda/captured_graph.h"

#include "core/tensor/prelude.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace panohead::fast::cuda {
namespace {

// After it no graph is made in this process: other tests then draw step by step, which they allow for.
TEST(CapturedGraph, ThatFailsLeavesTheThreadAndItsMemoryAsTheyWere) {
  if (!at::globalContext().hasCUDA()) {
    GTEST_SKIP() << "LibTorch has no CUDA here";
  }
  int calls = 0;
  const auto work = [&] {
    at::zeros({1 << 20}, at::kCUDA).add_(1);
    if (++calls == 3) {  // while it is captured
      throw std::runtime_error("fails");
    }
  };
  EXPECT_EQ(capturedGraph(0, work), nullptr);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(c10::cuda::currentStreamCaptureStatusMayInitCtx(), c10::cuda::CaptureStatus::None);
  // cudaMalloc is forbidden to a thread that still captures.
  c10::cuda::CUDACachingAllocator::emptyCache();
  const at::Tensor fresh = at::full({64 << 20}, 2.0, at::TensorOptions(at::kCUDA).dtype(at::kFloat));
  EXPECT_EQ(fresh.sum().item<float>(), float(128 << 20));
  EXPECT_EQ(capturedGraph(0, [&] { ++calls; }), nullptr) << "tried again";
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace panohead::fast::cuda
