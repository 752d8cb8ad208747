#pragma once

#include "core/fast/cuda/device_memory.h"
#include "core/fast/cuda/draw_ray.h"

#include <cstdint>
#include <vector>

namespace panohead::fast::cuda {

/// The decoder with its gains, in host memory.
struct DecoderWeights {
  const float* hidden_weight = nullptr;   // [kHidden][kChannels]
  const float* hidden_bias = nullptr;     // [kHidden]
  const float* density_weight = nullptr;  // [kHidden]
  float density_bias = 0;
  const float* feature_weight = nullptr;  // [kHidden][kFeatures]
  const float* feature_bias = nullptr;    // [kFeatures]
  FeatureActivation activation = FeatureActivation::None;
};

/// Throws OptionError unless the kernels know such a frame.
void check(const FrameOptions& frame);

/// The volume of one head on a CUDA device: raw pointers and streams only, no LibTorch. What is given to a
/// stream is done when the stream is; nothing waits but the constructor. Immutable once made.
class CudaVolume {
 public:
  /// Copies the decoder and finds out where the volume is empty.
  /// @param volume planes: device memory, float16 [size][size][3][slices][32], that outlives this;
  ///        cells: ignored
  /// Throws OptionError for sizes that the kernels do not know, DeviceError for what CUDA says.
  CudaVolume(const Volume& volume, const DecoderWeights& decoder, Stream stream);

  /// Draws a frame. May be captured into a CUDA graph: allocates nothing, and waits for nothing.
  /// @param view [kViewNumbers], device memory: a graph draws whatever view lies there
  /// @param out device memory
  /// @param limits room for one RangeLimits, device memory; null unless frame.auto_range
  void render(const FrameOptions& frame,
              const float* view,
              RangeLimits* limits,
              const DrawnFrame& out,
              Stream stream) const;

  /// Density before the crop. @param points [count][3] world units  @param density [count]; device memory
  void density(const float* points, std::int64_t count, float* density, Stream stream) const;

  /// The occupancy grid (kernels::OccupancyLayout), copied; for tests and reports.
  std::vector<std::int8_t> cells() const;

 private:
  Volume volume_;
  DecoderTables<std::uint32_t> decoder_;
  DeviceMemory tables_;
  DeviceMemory cells_;
};

}  // namespace panohead::fast::cuda
