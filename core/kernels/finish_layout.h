#pragma once

#include <cstdint>

namespace panohead::kernels {

/// What follows a prepared convolution, on channels-last pictures: scale, bias, noise, leaky ReLU,
/// clamp, what the result adds to the picture (ToRGB), and the style of the next convolution.
struct Finish {
  std::int64_t height = 0, width = 0;  // pixels of the result
  std::int64_t channels = 0;           // of the result, a multiple of 16
  const float* scale = nullptr;        // [channels], or null: 1
  const float* bias = nullptr;         // [channels]
  const float* noise = nullptr;        // [height][width], or null
  float slope = 1;                     // below zero; at most 1
  float limit = 3.4028234663852886e38F;
  const float* next = nullptr;        // [channels] that the result is multiplied by at last, or null
  const float* rgb_weight = nullptr;  // [3][channels], or null: no picture
  float rgb_bias[3] = {};
  float rgb_limit = 3.4028234663852886e38F;
  float* rgb = nullptr;  // [height][width][3], added to
};

/// A transposed 3x3 convolution of stride 2, of a picture of h x w: (2 h + 1) x (2 w + 1) pixels, apart by
/// the parity of their row and column. phases[1][0] are odd rows and even columns: [h][w + 1][channels].
struct UpsampledPhases {
  const void* phases[2][2] = {};
  /// Of the small picture: where phases of even and odd rows begin, when they are of a part of it.
  std::int64_t first_row[2] = {};
  std::int64_t out_row = 0;  // of the result: where `out` begins
};

/// Floats of scratch memory that finish_upsampled needs for a result of that width.
constexpr std::int64_t upsampledScratch(const Finish& f) { return (f.width + 4) * f.channels; }

}  // namespace panohead::kernels
