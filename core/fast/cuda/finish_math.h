#pragma once
// The arithmetic of what follows a convolution, for device and host as core/fast/cuda/ray_math.h.

#include "core/fast/cuda/ray_math.h"

namespace panohead::fast::cuda {

/// Leaky ReLU and clamp.
PANOHEAD_BOTH float activate(float x, float slope, float limit) {
  return fminf(fmaxf(x > 0 ? x : x * slope, -limit), limit);
}

/// Where pixel (y, x) of the result lies in the source, in pixels of `channels`.
/// @param phases the source has all four phases of every 2 x 2 pixels: [h / 2][w / 2][2][2][channels]
PANOHEAD_BOTH int sourcePixel(int y, int x, int width, bool phases) {
  return phases ? ((y / 2 * (width / 2) + x / 2) * 2 + y % 2) * 2 + x % 2 : y * width + x;
}

/// The (1, 3, 3, 1) upsampling by two of a picture, at one pixel: zeros outside of it.
/// @param picture [height / 2][width / 2][3]  @param height, width of the result
PANOHEAD_BOTH float upsampledAt(const float* picture, int height, int width, int y, int x, int colour) {
  const int h = height / 2;
  const int w = width / 2;
  const int y0 = y / 2 - (y % 2 == 0 ? 1 : 0);  // the farther of an even pixel's two lies before it
  const int x0 = x / 2 - (x % 2 == 0 ? 1 : 0);
  float sum = 0;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      const int from_y = y0 + j;
      const int from_x = x0 + i;
      if (from_y >= 0 && from_y < h && from_x >= 0 && from_x < w) {
        const float weight = (from_y == y / 2 ? 0.75F : 0.25F) * (from_x == x / 2 ? 0.75F : 0.25F);
        sum += weight * picture[(from_y * w + from_x) * 3 + colour];
      }
    }
  }
  return sum;
}

}  // namespace panohead::fast::cuda
