#pragma once

#include <cstdint>

namespace panohead::kernels {

/// What follows a prepared convolution, on bfloat16 channels-last pictures: bias, noise, leaky ReLU, clamp,
/// and what the result adds to the picture (ToRGB).
struct Finish {
  std::int64_t height = 0, width = 0;  // pixels of the result
  std::int64_t channels = 0;           // of the result, a multiple of 16
  /// The source has all four phases of every 2 x 2 pixels: [height / 2][width / 2][2][2][channels].
  bool phases = false;
  const float* bias = nullptr;   // [channels]
  const float* noise = nullptr;  // [height][width], or null
  float slope = 1;               // below zero
  float limit = 3.4028234663852886e38F;
  const float* rgb_weight = nullptr;  // [3][channels], or null: no picture
  float rgb_bias[3] = {};
  float rgb_limit = 3.4028234663852886e38F;
  float* rgb = nullptr;  // [height][width][3], added to
};

}  // namespace panohead::kernels
