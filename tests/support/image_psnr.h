#pragma once

#include "core/base/frame.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace panohead::test {

/// Peak signal-to-noise ratio of the colours of two pictures of equal size, dB; 99 when they are equal.
inline double psnr(const Image& a, const Image& b) {
  const int colours = std::min(a.channels, 3);
  if (a.width != b.width || a.height != b.height || colours != std::min(b.channels, 3)) {
    throw std::invalid_argument("pictures of different kind");
  }
  double squares = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      for (int c = 0; c < colours; ++c) {
        const double difference = double(a.row(y)[x * a.channels + c]) - b.row(y)[x * b.channels + c];
        squares += difference * difference;
      }
    }
  }
  const double mean = squares / (double(colours) * a.width * a.height);
  return mean == 0 ? 99 : std::min(99.0, 10 * std::log10(255.0 * 255.0 / mean));
}

/// A picture of depths where the frame shows a head: elsewhere they are quotients of next to nothing.
inline Image seen(Image picture, const Frame& frame) {
  for (std::size_t pixel = 0; pixel < frame.mask.size(); ++pixel) {
    for (std::size_t c = 0; frame.mask[pixel] < 0.05F && c < static_cast<std::size_t>(picture.channels);
         ++c) {
      picture.pixels[pixel * static_cast<std::size_t>(picture.channels) + c] = 0;
    }
  }
  return picture;
}

}  // namespace panohead::test
