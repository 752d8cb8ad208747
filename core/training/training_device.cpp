#include "core/training/training_device.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/communicator.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sched.h>
#include <string>
#include <thread>
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
  useTrainingArithmetic();
  const int count = at::detail::getCUDAHooks().getNumGPUs();
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(local_rank % count));
}

void requireSameKind(at::Device own, Communicator& ranks) {
  const bool some_cpu = ranks.maximum(own.is_cpu() ? 1 : 0) > 0;
  const bool some_gpu = ranks.maximum(own.is_cpu() ? 0 : 1) > 0;
  if (some_cpu && some_gpu) {
    throw DeviceError("some ranks found a GPU and others none; this one " +
                          std::string(own.is_cpu() ? "found none" : "has one"),
                      "look at nvidia-smi on each machine, or train with --device cpu");
  }
}

void useTrainingArithmetic() {
  at::globalContext().setBenchmarkCuDNN(true);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

void synchronise(at::Device device) {
  if (!device.is_cpu()) {
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  }
}

int threadsOfRank(int asked, int local_size) {
  if (asked > 0) {
    return asked;
  }
  if (const char* text = std::getenv("OMP_NUM_THREADS"); text != nullptr && std::atoi(text) > 0) {
    return std::atoi(text);
  }
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t bound;  // by mpirun or srun, perhaps
  const int usable = sched_getaffinity(0, sizeof bound, &bound) == 0 ? CPU_COUNT(&bound) : cores;
  return std::max(1, std::min(cores / local_size, usable));
}

int shareThreads(int asked, int local_size) {
  if (local_size > 1) {
    at::set_num_threads(threadsOfRank(asked, local_size));
  }
  return at::get_num_threads();
}

double residentGigabytes() {
  std::ifstream stream("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  stream >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / kGiB;
}

DeviceGigabytes peakDeviceMemory(at::Device device) {
  if (!device.is_cuda()) {
    return {};
  }
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (allocator == nullptr) {
    return {};
  }
  const auto stats = allocator->getDeviceStats(device.index());
  return {static_cast<double>(stats.allocated_bytes[0].peak) / kGiB,
          static_cast<double>(stats.reserved_bytes[0].peak) / kGiB};
}

}  // namespace panohead
