#pragma once
// What follows a convolution: scale, noise, bias, leaky ReLU and clamp in one pass, and its gradient in one.

#include "core/kernels/kernel_table.h"
#include "core/kernels/simd_math.h"

namespace panohead::kernels {
namespace {

// Vectors for the whole lanes, single floats for the rest: the same formulas for both.
inline Floats activate(Floats v, float slope, float limit) {
  v = select(reinterpret_cast<Words>(v < 0.0F), v * slope, v);
  v = select(reinterpret_cast<Words>(v > limit), broadcast(limit), v);
  return select(reinterpret_cast<Words>(v < -limit), broadcast(-limit), v);
}
inline float activate(float v, float slope, float limit) {
  v = v < 0 ? v * slope : v;
  v = v > limit ? limit : v;
  return v < -limit ? -limit : v;
}
/// The activation's gradient; what is clamped passes none.
inline Floats activationGradient(Floats v, Floats gradient, float slope, float limit) {
  const Words negative = reinterpret_cast<Words>(v < 0.0F);
  const Floats scaled = select(negative, gradient * slope, gradient);
  const Floats out = select(negative, v * slope, v);
  const Words outside = reinterpret_cast<Words>(out > limit) | reinterpret_cast<Words>(out < -limit);
  return select(outside, Floats{}, scaled);
}
inline float activationGradient(float v, float gradient, float slope, float limit) {
  const float out = v < 0 ? v * slope : v;
  return out > limit || out < -limit ? 0.0F : v < 0 ? gradient * slope : gradient;
}

template <typename Element>
void epilogue(
    const Epilogue& e, const void* source_bits, void* out_bits, std::int64_t first, std::int64_t last) {
  for (std::int64_t pixel = first; pixel < last; ++pixel) {
    const std::int64_t item = pixel / e.pixels;
    const Element* source = static_cast<const Element*>(source_bits) + pixel * e.channels;
    Element* out = static_cast<Element*>(out_bits) + pixel * e.channels;
    const float* scale = e.scale == nullptr ? nullptr : e.scale + item * e.channels;
    const float noise = e.noise == nullptr ? 0.0F : e.noise[item * e.noise_stride + pixel % e.pixels];
    std::int64_t c = 0;
    for (; c + kLanes <= e.channels; c += kLanes) {
      Floats v = load(source + c);
      v = scale == nullptr ? v : v * load(scale + c);
      v = e.bias == nullptr ? v + noise : v + (load(e.bias + c) + noise);
      store(out + c, activate(v, e.slope, e.limit));
    }
    for (; c < e.channels; ++c) {
      const float v = loadOne(source + c) * (scale == nullptr ? 1.0F : scale[c]) +
                      ((e.bias == nullptr ? 0.0F : e.bias[c]) + noise);
      storeOne(out + c, activate(v, e.slope, e.limit));
    }
  }
}

template <typename Element>
void epilogueGradient(const Epilogue& e,
                      const EpilogueGradient& g,
                      const void* source_bits,
                      const void* out_gradient_bits,
                      void* source_gradient_bits,
                      std::int64_t first,
                      std::int64_t last) {
  const std::int64_t pieces = epiloguePieces(e);  // of an item
  for (std::int64_t task = first; task < last; ++task) {
    const std::int64_t item = task / pieces;
    const std::int64_t begin = task % pieces * kEpiloguePixels;
    const std::int64_t count = e.pixels - begin < kEpiloguePixels ? e.pixels - begin : kEpiloguePixels;
    const std::int64_t start = (item * e.pixels + begin) * e.channels;
    const Element* source = static_cast<const Element*>(source_bits) + start;
    const Element* out_gradient = static_cast<const Element*>(out_gradient_bits) + start;
    Element* source_gradient = static_cast<Element*>(source_gradient_bits) + start;
    const float* scale = e.scale == nullptr ? nullptr : e.scale + item * e.channels;
    const float* noise = e.noise == nullptr ? nullptr : e.noise + item * e.noise_stride + begin;
    float* of_noise = g.noise == nullptr ? nullptr : g.noise + item * e.pixels + begin;
    float* of_scale = g.scale == nullptr ? nullptr : g.scale + task * e.channels;
    float* of_bias = g.bias == nullptr ? nullptr : g.bias + task * e.channels;
    if (of_noise != nullptr) {
      for (std::int64_t p = 0; p < count; ++p) {
        of_noise[p] = 0;
      }
    }
    // Channels outside, so that their sums stay in registers; a piece's pixels fit the cache.
    std::int64_t c = 0;
    for (; c + kLanes <= e.channels; c += kLanes) {
      const Floats s = scale == nullptr ? broadcast(1) : load(scale + c);
      const Floats b = e.bias == nullptr ? Floats{} : load(e.bias + c);
      Floats total_scale{};
      Floats total_bias{};
      for (std::int64_t p = 0; p < count; ++p) {
        const std::int64_t i = p * e.channels + c;
        const Floats y = load(source + i);
        const Floats v = y * s + (b + (noise == nullptr ? 0.0F : noise[p]));
        const Floats gradient = activationGradient(v, load(out_gradient + i), e.slope, e.limit);
        store(source_gradient + i, gradient * s);
        total_scale += gradient * y;
        total_bias += gradient;
        if (of_noise != nullptr) {
          of_noise[p] += sum(gradient);
        }
      }
      if (of_scale != nullptr) {
        store(of_scale + c, total_scale);
      }
      if (of_bias != nullptr) {
        store(of_bias + c, total_bias);
      }
    }
    for (; c < e.channels; ++c) {
      const float s = scale == nullptr ? 1.0F : scale[c];
      const float b = e.bias == nullptr ? 0.0F : e.bias[c];
      float total_scale = 0;
      float total_bias = 0;
      for (std::int64_t p = 0; p < count; ++p) {
        const std::int64_t i = p * e.channels + c;
        const float y = loadOne(source + i);
        const float v = y * s + (b + (noise == nullptr ? 0.0F : noise[p]));
        const float gradient = activationGradient(v, loadOne(out_gradient + i), e.slope, e.limit);
        storeOne(source_gradient + i, gradient * s);
        total_scale += gradient * y;
        total_bias += gradient;
        if (of_noise != nullptr) {
          of_noise[p] += gradient;
        }
      }
      if (of_scale != nullptr) {
        of_scale[c] = total_scale;
      }
      if (of_bias != nullptr) {
        of_bias[c] = total_bias;
      }
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
