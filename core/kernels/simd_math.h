#pragma once
// Elementary functions of vectors, to float32's precision (a few units in the last place).

#include "core/kernels/simd.h"

namespace panohead::kernels {
namespace {

inline Floats select(Words mask, Floats yes, Floats no) {
  return reinterpret_cast<Floats>((mask & reinterpret_cast<Words>(yes)) |
                                  (~mask & reinterpret_cast<Words>(no)));
}
inline Floats minimum(Floats a, Floats b) { return a < b ? a : b; }  // b where one is not a number
inline Floats maximum(Floats a, Floats b) { return a > b ? a : b; }
inline Floats absolute(Floats x) {
  return reinterpret_cast<Floats>(reinterpret_cast<Words>(x) & 0x7fffffffU);
}

/// exp(x), x at most 88; what is below -87 counts as -87.
inline Floats exponential(Floats x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  x = maximum(x, broadcast(-87.0F));
  const Floats shifted = x * kLog2E + kRound;
  const Floats n = shifted - kRound;
  const Floats r = x - n * kLn2High - n * kLn2Low;
  Floats p = r * (1.0F / 5040) + (1.0F / 720);
  p = p * r + (1.0F / 120);
  p = p * r + (1.0F / 24);
  p = p * r + (1.0F / 6);
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  // Two to the n, by its exponent bits.
  const Words power = (reinterpret_cast<Words>(shifted) + 127U) << 23;
  return p * reinterpret_cast<Floats>(power);
}

/// log(1 + e) for e in [0, 1], by the series of 2 artanh(e / (2 + e)).
inline Floats logOnePlus(Floats e) {
  const Floats s = e / (e + 2.0F);
  const Floats q = s * s;
  Floats p = q * (1.0F / 13) + (1.0F / 11);
  p = p * q + (1.0F / 9);
  p = p * q + (1.0F / 7);
  p = p * q + (1.0F / 5);
  p = p * q + (1.0F / 3);
  p = p * q + 1.0F;
  return p * s * 2.0F;
}

inline Floats softplus(Floats x) { return maximum(x, Floats{}) + logOnePlus(exponential(-absolute(x))); }

/// The slope of softplus.
inline Floats sigmoid(Floats x) {
  const Floats e = exponential(-absolute(x));
  const Floats r = 1.0F / (e + 1.0F);
  return select(reinterpret_cast<Words>(x < 0.0F), e * r, r);
}

}  // namespace
}  // namespace panohead::kernels
