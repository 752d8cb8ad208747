#pragma once
// What follows a prepared convolution when nothing has to be kept for a gradient: one pass over the memory.

#include "core/kernels/finish_layout.h"
#include "core/kernels/simd_math.h"

namespace panohead::kernels {
namespace {

/// One pixel. @param source its channels  @param out null: only the picture is wanted
template <typename Source, typename Element>
inline void finishPixel(const Finish& f, const Source* source, Element* out, std::int64_t pixel) {
  const float noise = f.noise == nullptr ? 0.0F : f.noise[pixel];
  Floats red{};
  Floats green{};
  Floats blue{};
  for (std::int64_t c = 0; c < f.channels; c += kLanes) {
    Floats v = load(source + c);
    v = f.scale == nullptr ? v : v * load(f.scale + c);
    v += load(f.bias + c) + noise;
    v = minimum(maximum(maximum(v, v * f.slope), broadcast(-f.limit)), broadcast(f.limit));
    if (out != nullptr) {
      store(out + c, f.next == nullptr ? v : v * load(f.next + c));
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

template <typename Element>
void finishRows(
    const Finish& f, const void* source_bits, void* out_bits, std::int64_t first, std::int64_t last) {
  const auto* source = static_cast<const Element*>(source_bits);
  auto* out = static_cast<Element*>(out_bits);
  for (std::int64_t pixel = first * f.width; pixel < last * f.width; ++pixel) {
    finishPixel(f, source + pixel * f.channels, out == nullptr ? nullptr : out + pixel * f.channels, pixel);
  }
}

/// StyleGAN2's upsampling filter (1, 3, 3, 1) along each axis, with the gain that makes up for the zeros
/// between.
constexpr float kUpsamplingTaps[4] = {0.25F, 0.75F, 0.75F, 0.25F};

/// `count` pixels of one row of phases, every second of `out`: four rows filtered into one.
template <typename Element>
inline void filterRows(
    const Element* const* rows, const float* taps, std::int64_t count, std::int64_t channels, float* out) {
  for (std::int64_t k = 0; k < count; ++k, out += 2 * channels) {
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const std::int64_t at = k * channels + c;
      store(out + c,
            load(rows[0] + at) * taps[0] + load(rows[1] + at) * taps[1] + load(rows[2] + at) * taps[2] +
                load(rows[3] + at) * taps[3]);
    }
  }
}

template <typename Element>
void finishUpsampledRows(const Finish& f,
                         const UpsampledPhases& source,
                         void* out_bits,
                         float* scratch,
                         std::int64_t first,
                         std::int64_t last) {
  auto* out = static_cast<Element*>(out_bits);
  const std::int64_t h = f.height / 2;
  const std::int64_t w = f.width / 2;
  // A row of the transposed convolution, filtered from above and below, between a pixel of nothing on either
  // side.
  float* const row = scratch + f.channels;
  for (std::int64_t c = 0; c < f.channels; ++c) {
    scratch[c] = 0;
    scratch[(f.width + 2) * f.channels + c] = 0;
  }
  float* const pixel = scratch + (f.width + 3) * f.channels;
  for (std::int64_t y = first; y < last; ++y) {
    for (int parity = 0; parity < 2; ++parity) {  // of columns
      const std::int64_t columns = w + 1 - parity;
      const Element* rows[4];
      float taps[4];
      for (int t = 0; t < 4; ++t) {
        const std::int64_t from = y + t - 1;
        const bool inside = from >= 0 && from <= 2 * h;
        const std::int64_t near = inside ? from : y;  // any row: it counts nothing
        rows[t] = static_cast<const Element*>(source.phases[near & 1][parity]) +
                  ((near >> 1) - source.first_row[near & 1]) * columns * f.channels;
        taps[t] = inside ? kUpsamplingTaps[t] : 0.0F;
      }
      filterRows(rows, taps, columns, f.channels, row + parity * f.channels);
    }
    for (std::int64_t x = 0; x < f.width; ++x) {
      const float* left = row + (x - 1) * f.channels;
      for (std::int64_t c = 0; c < f.channels; c += kLanes) {
        store(pixel + c,
              load(left + c) * kUpsamplingTaps[0] + load(left + f.channels + c) * kUpsamplingTaps[1] +
                  load(left + 2 * f.channels + c) * kUpsamplingTaps[2] +
                  load(left + 3 * f.channels + c) * kUpsamplingTaps[3]);
      }
      finishPixel(f, pixel, out + ((y - source.out_row) * f.width + x) * f.channels, y * f.width + x);
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
