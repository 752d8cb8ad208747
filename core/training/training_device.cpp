#include "core/training/training_device.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <fstream>
#include <unistd.h>

namespace panohead {

namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

}  // namespace

at::Device trainingDevice(std::string_view name, int local_rank) {
  const bool has_gpu = at::globalContext().hasCUDA() && at::detail::getCUDAHooks().getNumGPUs() > 0;
  if (name == "cuda" && !has_gpu) {
    throw DeviceError("--device cuda: LibTorch finds no CUDA GPU",
                      "install a CUDA build of LibTorch and the driver, or train with --device cpu");
  }
  if (name == "cpu" || !has_gpu) {
    return at::kCPU;
  }
  const int count = at::detail::getCUDAHooks().getNumGPUs();
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(local_rank % count));
}

double residentGigabytes() {
  std::ifstream stream("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  stream >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / kGiB;
}

double peakDeviceGigabytes(at::Device device) {
  if (!device.is_cuda()) {
    return 0;
  }
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (allocator == nullptr) {
    return 0;
  }
  const auto stats = allocator->getDeviceStats(device.index());
  return static_cast<double>(stats.allocated_bytes[0].peak) / kGiB;
}

}  // namespace panohead
