#pragma once
// What follows a prepared convolution when nothing has to be kept for a gradient: one pass over the memory.

#include "core/kernels/epilogue_kernels.h"
#include "core/kernels/finish_layout.h"

namespace panohead::kernels {
namespace {

/// The channels of one pixel; `out` null: only the picture is wanted.
inline void finishPixel(const Finish& f, const BFloat16* source, BFloat16* out, std::int64_t pixel) {
  const float noise = f.noise == nullptr ? 0.0F : f.noise[pixel];
  Floats red{};
  Floats green{};
  Floats blue{};
  for (std::int64_t c = 0; c < f.channels; c += kLanes) {
    const Floats v = activate(load(source + c) + (load(f.bias + c) + noise), f.slope, f.limit);
    if (out != nullptr) {
      store(out + c, v);
    }
    if (f.rgb_weight != nullptr) {
      red += v * load(f.rgb_weight + c);
      green += v * load(f.rgb_weight + f.channels + c);
      blue += v * load(f.rgb_weight + 2 * f.channels + c);
    }
  }
  if (f.rgb_weight == nullptr) {
    return;
  }
  const Floats colours[3] = {red, green, blue};
  float* rgb = f.rgb + 3 * pixel;
  for (int k = 0; k < 3; ++k) {
    float value = quickSum(colours[k]) + f.rgb_bias[k];
    value = value > f.rgb_limit ? f.rgb_limit : value;
    rgb[k] += value < -f.rgb_limit ? -f.rgb_limit : value;
  }
}

void finishRows(
    const Finish& f, const void* source_bits, void* out_bits, std::int64_t first, std::int64_t last) {
  const auto* source = static_cast<const BFloat16*>(source_bits);
  auto* out = static_cast<BFloat16*>(out_bits);
  for (std::int64_t y = first; y < last; ++y) {
    for (std::int64_t x = 0; x < f.width; ++x) {
      const std::int64_t pixel = y * f.width + x;
      const std::int64_t from = f.phases ? ((y / 2 * (f.width / 2) + x / 2) * 2 + y % 2) * 2 + x % 2 : pixel;
      finishPixel(f, source + from * f.channels, out == nullptr ? nullptr : out + pixel * f.channels, pixel);
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
