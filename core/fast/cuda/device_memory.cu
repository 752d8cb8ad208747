#include "core/fast/cuda/cuda_check.h"
#include "core/fast/cuda/device_memory.h"

namespace panohead::fast::cuda {

namespace {

std::string reasonNotToUse() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) == cudaSuccess && driver == 0) {
    return "no CUDA device can be used: there is no NVIDIA driver";
  }
  int devices = 0;
  cudaError_t result = cudaGetDeviceCount(&devices);
  if (result == cudaSuccess && devices == 0) {
    result = cudaErrorNoDevice;
  }
  int device = 0;
  cudaDeviceProp properties{};
  if (result == cudaSuccess) {
    result = cudaGetDevice(&device);
  }
  if (result == cudaSuccess) {
    result = cudaGetDeviceProperties(&properties, device);
  }
  if (result != cudaSuccess) {
    cudaGetLastError();
    return std::string("no CUDA device can be used: ") + cudaGetErrorString(result);
  }
  if (properties.major < 8) {
    return std::string(properties.name) + " is too old: compute capability 8.0 is needed";
  }
  return {};
}

}  // namespace

const std::string& unavailable() {
  static const std::string reason = reasonNotToUse();
  return reason;
}

std::string deviceName() {
  int device = 0;
  cudaDeviceProp properties{};
  if (!unavailable().empty() || cudaGetDevice(&device) != cudaSuccess ||
      cudaGetDeviceProperties(&properties, device) != cudaSuccess) {
    cudaGetLastError();
    return {};
  }
  return properties.name;
}

DeviceMemory::DeviceMemory(std::size_t bytes) : bytes_(bytes) {
  // cudaFree would wait for all that the device does, in whichever thread lets go of a head: the window's,
  // too.
  cudaError_t result = cudaMallocAsync(&data_, bytes, nullptr);
  pooled_ = result != cudaErrorNotSupported;
  if (!pooled_) {
    cudaGetLastError();
    result = cudaMalloc(&data_, bytes);
  }
  must(result, "get memory of the GPU");
  must(cudaStreamSynchronize(nullptr), "get memory of the GPU");  // any stream may use it
}

DeviceMemory::~DeviceMemory() {
  if (pooled_ && data_ != nullptr) {
    cudaFreeAsync(data_, nullptr);
  } else {
    cudaFree(data_);
  }
}

void DeviceMemory::upload(const void* from, std::size_t bytes, Stream stream) {
  if (bytes > bytes_) {
    throw DeviceError("more was to be copied to the GPU than there is room for");
  }
  const auto s = static_cast<cudaStream_t>(stream);
  must(cudaMemcpyAsync(data_, from, bytes, cudaMemcpyHostToDevice, s), "copy to the GPU");
  must(cudaStreamSynchronize(s), "copy to the GPU");
}

void DeviceMemory::download(void* to, std::size_t bytes, Stream stream) const {
  if (bytes > bytes_) {
    throw DeviceError("more was to be copied from the GPU than there is");
  }
  const auto s = static_cast<cudaStream_t>(stream);
  must(cudaMemcpyAsync(to, data_, bytes, cudaMemcpyDeviceToHost, s), "copy from the GPU");
  must(cudaStreamSynchronize(s), "copy from the GPU");
}

void synchronise(Stream stream) {
  must(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), "finish its work");
}

}  // namespace panohead::fast::cuda
