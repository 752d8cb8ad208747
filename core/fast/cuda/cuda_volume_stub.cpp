// Stands in for the .cu files where there is no nvcc.

#include "core/base/error.h"
#include "core/fast/cuda/cuda_volume.h"
#include "core/fast/cuda/finish.h"

namespace panohead::fast::cuda {

namespace {

[[noreturn]] void missing() {
  throw DeviceError("this build of the program has no CUDA kernels", "build it where nvcc is in PATH");
}

}  // namespace

const std::string& unavailable() {
  static const std::string reason = "this build of the program has no CUDA kernels (no nvcc)";
  return reason;
}

std::string deviceName() { return {}; }

DeviceMemory::DeviceMemory(std::size_t) { missing(); }
DeviceMemory::~DeviceMemory() = default;
void DeviceMemory::upload(const void*, std::size_t, Stream) { missing(); }
void DeviceMemory::download(void*, std::size_t, Stream) const { missing(); }
void synchronise(Stream) { missing(); }

void check(const FrameOptions&) {}
CudaVolume::CudaVolume(const Volume&, const DecoderWeights&, Stream) { missing(); }
void CudaVolume::render(const FrameOptions&, const float*, RangeLimits*, const DrawnFrame&, Stream) const {
  missing();
}
void CudaVolume::density(const float*, std::int64_t, float*, Stream) const { missing(); }
std::vector<std::int8_t> CudaVolume::cells() const { missing(); }

void finish(const Finish&, const void*, void*, Stream) { missing(); }

}  // namespace panohead::fast::cuda
