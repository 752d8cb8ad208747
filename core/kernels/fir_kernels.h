#pragma once
// The separable filter (1, 3, 3, 1) on channels-last pictures.

#include "core/kernels/kernel_table.h"
#include "core/kernels/simd.h"

namespace panohead::kernels {
namespace {

/// Adds `count` weighted pixels (and `add`, which may be null) channel by channel.
template <typename Element>
inline void blend(const Element* const* pixels,
                  const float* weights,
                  int count,
                  const Element* add,
                  Element* out,
                  std::int64_t channels) {
  std::int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    Floats low = add == nullptr ? Floats{} : load(add + c);
    Floats high = add == nullptr ? Floats{} : load(add + c + kLanes);
    for (int t = 0; t < count; ++t) {
      const Floats weight = broadcast(weights[t]);
      low += load(pixels[t] + c) * weight;
      high += load(pixels[t] + c + kLanes) * weight;
    }
    store(out + c, low);
    store(out + c + kLanes, high);
  }
  for (; c + kLanes <= channels; c += kLanes) {
    Floats total = add == nullptr ? Floats{} : load(add + c);
    for (int t = 0; t < count; ++t) {
      total += load(pixels[t] + c) * broadcast(weights[t]);
    }
    store(out + c, total);
  }
  for (; c < channels; ++c) {
    float total = add == nullptr ? 0.0F : loadOne(add + c);
    for (int t = 0; t < count; ++t) {
      total += loadOne(pixels[t] + c) * weights[t];
    }
    storeOne(out + c, total);
  }
}

/// Taps of one axis: positions first, first + 1, .. of those inside, with their weights.
struct FirAxis {
  std::int64_t position[4];
  float weight[4];
  int count;
};

inline FirAxis firAxis(std::int64_t first, const float* weights, int taps, std::int64_t size) {
  FirAxis axis;
  axis.count = 0;
  for (int t = 0; t < taps; ++t) {
    if (first + t >= 0 && first + t < size) {
      axis.position[axis.count] = first + t;
      axis.weight[axis.count++] = weights[t];
    }
  }
  return axis;
}

template <typename Element>
inline void blendAxes(const PictureLayout& layout,
                      const Element* source,
                      const FirAxis& rows,
                      const FirAxis& columns,
                      float gain,
                      const Element* add,
                      Element* out) {
  const Element* pixels[16];
  float weights[16];
  int count = 0;
  for (int j = 0; j < rows.count; ++j) {
    for (int i = 0; i < columns.count; ++i) {
      pixels[count] = source + (rows.position[j] * layout.width + columns.position[i]) * layout.channels;
      weights[count++] = rows.weight[j] * columns.weight[i] * gain;
    }
  }
  blend(pixels, weights, count, add, out, layout.channels);
}

constexpr float kBinomial[] = {0.125F, 0.375F, 0.375F, 0.125F};

/// The two source pixels of one of the doubled ones.
inline FirAxis upAxis(std::int64_t x, std::int64_t size) {
  constexpr float kEven[] = {0.125F, 0.375F};  // the outer neighbour comes first
  constexpr float kOdd[] = {0.375F, 0.125F};
  return x % 2 == 0 ? firAxis(x / 2 - 1, kEven, 2, size) : firAxis(x / 2, kOdd, 2, size);
}

template <typename Element>
void firUp2(const PictureLayout& layout,
            const void* source_bits,
            const void* add_bits,
            void* out_bits,
            float gain,
            std::int64_t first,
            std::int64_t last) {
  const std::int64_t height = layout.height * 2;
  const std::int64_t width = layout.width * 2;
  for (std::int64_t row = first; row < last; ++row) {
    const Element* source = static_cast<const Element*>(source_bits) +
                            row / height * layout.height * layout.width * layout.channels;
    const FirAxis rows = upAxis(row % height, layout.height);
    const std::int64_t start = row * width * layout.channels;
    Element* out = static_cast<Element*>(out_bits) + start;
    const Element* add = add_bits == nullptr ? nullptr : static_cast<const Element*>(add_bits) + start;
    for (std::int64_t x = 0; x < width; ++x, out += layout.channels) {
      blendAxes(layout, source, rows, upAxis(x, layout.width), gain, add, out);
      add = add == nullptr ? nullptr : add + layout.channels;
    }
  }
}

template <typename Element>
void firDown2(const PictureLayout& layout,
              const void* source_bits,
              void* out_bits,
              float gain,
              std::int64_t first,
              std::int64_t last) {
  const std::int64_t height = layout.height / 2;
  const std::int64_t width = layout.width / 2;
  for (std::int64_t row = first; row < last; ++row) {
    const Element* source = static_cast<const Element*>(source_bits) +
                            row / height * layout.height * layout.width * layout.channels;
    const FirAxis rows = firAxis(row % height * 2 - 1, kBinomial, 4, layout.height);
    Element* out = static_cast<Element*>(out_bits) + row * width * layout.channels;
    for (std::int64_t x = 0; x < width; ++x, out += layout.channels) {
      const FirAxis columns = firAxis(x * 2 - 1, kBinomial, 4, layout.width);
      blendAxes<Element>(layout, source, rows, columns, gain, nullptr, out);
    }
  }
}

template <typename Element>
void firBlur(const PictureLayout& layout,
             const void* source_bits,
             void* out_bits,
             std::int64_t padding,
             float gain,
             std::int64_t first,
             std::int64_t last) {
  const std::int64_t height = layout.height + 2 * padding - 3;
  const std::int64_t width = layout.width + 2 * padding - 3;
  for (std::int64_t row = first; row < last; ++row) {
    const Element* source = static_cast<const Element*>(source_bits) +
                            row / height * layout.height * layout.width * layout.channels;
    const FirAxis rows = firAxis(row % height - padding, kBinomial, 4, layout.height);
    Element* out = static_cast<Element*>(out_bits) + row * width * layout.channels;
    for (std::int64_t x = 0; x < width; ++x, out += layout.channels) {
      const FirAxis columns = firAxis(x - padding, kBinomial, 4, layout.width);
      blendAxes<Element>(layout, source, rows, columns, gain, nullptr, out);
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
