#pragma once

#include "core/kernels/ray_layout.h"

#include <cstdint>

namespace panohead::kernels {

/// What a cell of the occupancy grid says of the density inside. Else: the density itself, in steps of
/// kDensityStep, too small to be seen.
constexpr std::int8_t kEvaluateCell = 127;
constexpr std::int8_t kCroppedCell = -128;
constexpr float kDensityStep = 0.25F;

constexpr int kOccupancyCells = 48;  // on a side: two hundredths of the box, as far as two samples are apart

/// Less does not show: softplus(density - 1) times a ray's length is its optical thickness, less than 0.002
/// for one world unit.
constexpr float kLeastDensity = -5.2F;

/// Samples farther apart than so many cells are all evaluated: a sample beside one that shows lends half of
/// the interval between them its colour, and is in an empty cell where the step is longer than the rim of
/// cells around what shows.
constexpr float kMostCellsOfStep = 2.5F;

/// Less of the light than this is not followed: a quarter of a step of an 8-bit picture.
constexpr float kLeastTransmittance = 1e-3F;

/// Cells over the cube |x|, |y|, |z| <= half, and two entries behind them: one for all points outside of it
/// and one for points in the empty margin (TriGridLayout::limit).
struct OccupancyLayout {
  std::int64_t size = 0;               // cells on a side
  const std::int8_t* cells = nullptr;  // [z][y][x], then outside, then margin: size^3 + 2
  float half = 0.5F;                   // world units
};

/// What a decoder does to its features: nothing, mip-NeRF's widened sigmoid (EG3D), or leaky ReLU with its
/// gain.
enum class FeatureActivation { None, Sigmoid, LeakyRelu };

/// A head that is only looked at: bfloat16 tri-grids of one head (TriGridLayout, a multiple of 32 channels)
/// with a decoder of one hidden layer.
struct DrawnVolume {
  TriGridLayout grid;
  const void* planes = nullptr;
  std::int64_t hidden = 0;                // a multiple of 16
  std::int64_t features = 0;              // a multiple of 16
  const float* hidden_weight = nullptr;   // [channels][hidden], rows in the order of drawnChannel()
  const float* hidden_bias = nullptr;     // [hidden]
  const float* density_weight = nullptr;  // [hidden]
  float density_bias = 0;
  const float* feature_weight = nullptr;  // [hidden][features]
  const float* feature_bias = nullptr;    // [features]
  FeatureActivation activation = FeatureActivation::None;
  OccupancyLayout occupancy;
};

/// Channels are unpacked two by two from 32-bit words, evens before odds of every block of `2 * lanes`.
/// @return the channel that a kernel of so many lanes has at place `i`
constexpr std::int64_t drawnChannel(std::int64_t i, std::int64_t lanes) {
  const std::int64_t block = i / (2 * lanes) * (2 * lanes);
  const std::int64_t within = i - block;
  return block + (within < lanes ? 2 * within : 2 * (within - lanes) + 1);
}

/// Rays through a volume, and where their pixels go.
struct DrawnRays {
  std::int64_t coarse = 0;                // at least 4
  std::int64_t fine = 0;                  // 0: one pass
  const float* origins = nullptr;         // [rays][3]
  const float* directions = nullptr;      // [rays][3]
  const float* coarse_depths = nullptr;   // [rays][coarse] increasing; all the same where the stride is 0
  std::int64_t depth_stride = 0;          // floats from one ray's depths to the next one's
  const float* fine_positions = nullptr;  // [fine] in [0, 1], increasing, the same for all rays
  float least_transmittance = 0;          // what is behind so little of the light is left out
  bool white_back = false;
  float* feature = nullptr;     // [rays][features]
  float* weight_sum = nullptr;  // [rays]
  float* depth = nullptr;       // [rays] composited, not divided by the weight
};

}  // namespace panohead::kernels
