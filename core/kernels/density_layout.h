#pragma once

#include "core/kernels/ray_layout.h"

#include <cstdint>

namespace panohead::kernels {

/// Density alone, in full precision: float32 tri-grids of one head (TriGridLayout; its limit is not looked
/// at) with a decoder of one hidden layer.
struct DensityVolume {
  TriGridLayout grid;
  const float* planes = nullptr;
  std::int64_t hidden = 0;                // a multiple of 16, at most kMostHidden
  const float* hidden_weight = nullptr;   // [channels][hidden]
  const float* hidden_bias = nullptr;     // [hidden]
  const float* density_weight = nullptr;  // [hidden]
  float density_bias = 0;
};

/// Places of one grid that a box's range is found from; a box that has more is not looked into.
constexpr std::int64_t kMostBoundPlaces = 1024;

/// Floats that bounding needs to work in.
constexpr std::int64_t boundScratch(std::int64_t channels) { return 3 * kMostBoundPlaces * channels; }

}  // namespace panohead::kernels
