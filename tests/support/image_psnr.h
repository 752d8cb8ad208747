#pragma once

#include "core/base/image.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace panohead::test {

/// Peak signal-to-noise ratio of the RGB of two pictures of equal size, dB; 99 when they are equal.
inline double psnr(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels < 3 || b.channels < 3) {
    throw std::invalid_argument("pictures of different kind");
  }
  double squares = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double difference = double(a.row(y)[x * a.channels + c]) - b.row(y)[x * b.channels + c];
        squares += difference * difference;
      }
    }
  }
  const double mean = squares / (3.0 * a.width * a.height);
  return mean == 0 ? 99 : std::min(99.0, 10 * std::log10(255.0 * 255.0 / mean));
}

}  // namespace panohead::test
