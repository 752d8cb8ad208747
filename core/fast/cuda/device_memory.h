#pragma once
// What the CUDA renderer needs of the CUDA runtime, without its headers. Built without nvcc, all of it says
// so.

#include <cstddef>
#include <string>
#include <utility>

namespace panohead::fast::cuda {

/// A cudaStream_t; null is the default stream.
using Stream = void*;

/// Why this program cannot draw with CUDA here: empty when it can. Asks the driver once; never throws.
const std::string& unavailable();
/// What the current device is called: "NVIDIA H200"; empty where there is none.
std::string deviceName();

/// Memory of the current device. Throws DeviceError where there is none. Letting go of it does not wait for
/// the device: what the default stream still does with it comes first, other streams must be done.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  explicit DeviceMemory(std::size_t bytes);
  DeviceMemory(DeviceMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        pooled_(other.pooled_) {}
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(pooled_, other.pooled_);
    return *this;
  }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory();

  /// Copies to the begin of it, and waits. Throws DeviceError when it does not fit.
  void upload(const void* from, std::size_t bytes, Stream stream = nullptr);
  /// Waits for the stream, and copies from the begin of it.
  void download(void* to, std::size_t bytes, Stream stream = nullptr) const;

  void* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }
  template <typename T>
  T* as() const noexcept {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  bool pooled_ = false;
};

/// Waits for what was given to a stream. Throws DeviceError with what went wrong on the way.
void synchronise(Stream stream);

}  // namespace panohead::fast::cuda
