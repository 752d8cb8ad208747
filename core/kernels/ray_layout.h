#pragma once

#include "core/kernels/tri_grid_layout.h"

#include <cstdint>

namespace panohead::kernels {

// What the ray kernels keep on the stack bounds the sizes.
constexpr std::int64_t kMostSamples = 256;  // of a ray
constexpr std::int64_t kMostHidden = 128;
constexpr std::int64_t kMostChannels = 64;
constexpr std::int64_t kRaysOfTask = 32;

constexpr float kEmptyDensity = -1000;  // in the margin that is cropped

/// Rays through packed tri-grids with a decoder of one hidden layer whose output layer is linear: then a
/// ray's feature is the output layer of its composited hidden layer, and only the density is needed for
/// each sample. Arrays are per ray of all items; a ray has coarse + fine samples, coarse ones first.
struct RayBatch {
  TriGridLayout grid;  // points: rays * samples
  std::int64_t items = 0;
  std::int64_t rays = 0;    // of an item
  std::int64_t coarse = 0;  // at least 4
  std::int64_t fine = 0;
  std::int64_t hidden = 0;  // a multiple of 16

  const void* planes = nullptr;
  const float* origins = nullptr;         // [3]
  const float* directions = nullptr;      // [3]
  const float* coarse_depths = nullptr;   // [coarse], increasing
  const float* fine_positions = nullptr;  // [fine] in [0, 1]
  const float* coarse_noise = nullptr;    // [coarse] added to the density, or null
  const float* fine_noise = nullptr;      // [fine], or null

  const float* hidden_weight = nullptr;             // [channels][hidden] for all rays
  const float* hidden_weight_transposed = nullptr;  // [hidden][channels]; for the gradient
  const float* hidden_bias = nullptr;               // [hidden]
  const float* density_weight = nullptr;            // [hidden]
  float density_bias = 0;

  // Written by the forward kernel, read by the gradient.
  float* points = nullptr;   // [samples][3]
  float* depths = nullptr;   // [samples]
  float* density = nullptr;  // [samples] with noise and crop
  void* features = nullptr;  // [samples][channels]; of each pass those inside the crop, packed

  // Results.
  float* hidden_sum = nullptr;  // [hidden] hidden layer, composited
  float* weight_sum = nullptr;  // [1]
  float* depth_sum = nullptr;   // [1] composited depth, not divided by the weight

  std::int64_t samples() const { return coarse + fine; }
  std::int64_t tasks() const { return (items * rays + kRaysOfTask - 1) / kRaysOfTask; }
};

struct RayGradient {
  const float* hidden_sum = nullptr;  // [hidden] a ray
  const float* weight_sum = nullptr;  // [1]
  const float* depth_sum = nullptr;   // [1]
  void* features =
      nullptr;  // [samples][channels] a ray, each at its sample's place; not set outside the crop
  // [tasks][channels * hidden + 2 * hidden + 1]: hidden weight, hidden bias, density weight, density bias.
  float* decoder = nullptr;
};

}  // namespace panohead::kernels
