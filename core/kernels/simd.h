#pragma once
// Vectors of PANOHEAD_LANES floats by the compilers' vector extensions: the same source serves every
// instruction set. For the kernel files only: each is compiled with options of its own, so everything here
// has internal linkage (a shared inline function could be linked into code for other processors), and no
// header with inline code may be included.

#include <cstdint>

#ifndef PANOHEAD_LANES
#error "define PANOHEAD_LANES before including core/kernels/simd.h"
#endif

namespace panohead::kernels {
namespace {

constexpr std::int64_t kLanes = PANOHEAD_LANES;

using Floats = float __attribute__((vector_size(4 * PANOHEAD_LANES)));
using Words = std::uint32_t __attribute__((vector_size(4 * PANOHEAD_LANES)));
using Halves = std::uint16_t __attribute__((vector_size(2 * PANOHEAD_LANES)));

inline Floats broadcast(float value) { return value - Floats{}; }

inline Floats load(const float* p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, Floats v) { __builtin_memcpy(p, &v, sizeof v); }

/// Bits of a bfloat16.
struct BFloat16 {
  std::uint16_t bits;
};

inline Floats load(const BFloat16* p) {
  Halves h;
  __builtin_memcpy(&h, p, sizeof h);
  return reinterpret_cast<Floats>(__builtin_convertvector(h, Words) << 16);
}

// To nearest, ties to even; what is not a number stays so.
inline void store(BFloat16* p, Floats v) {
  Words bits = reinterpret_cast<Words>(v);
  bits += 0x7fffU + ((bits >> 16) & 1U);
  bits = v == v ? bits : Words{} + 0x7fc00000U;
  const Halves h = __builtin_convertvector(bits >> 16, Halves);
  __builtin_memcpy(p, &h, sizeof h);
}

inline float loadOne(const float* p) { return *p; }
inline float loadOne(const BFloat16* p) {
  const std::uint32_t bits = static_cast<std::uint32_t>(p->bits) << 16;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
inline void storeOne(float* p, float value) { *p = value; }
inline void storeOne(BFloat16* p, float value) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  bits += 0x7fffU + ((bits >> 16) & 1U);
  p->bits = static_cast<std::uint16_t>(value == value ? bits >> 16 : 0x7fc0U);
}

using Floats4 = float __attribute__((vector_size(16)));
using Floats8 = float __attribute__((vector_size(32)));
using Floats16 = float __attribute__((vector_size(64)));

/// Sum of the lanes, halves by halves.
inline float quickSum(Floats4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline float quickSum(Floats8 v) {
  Floats4 half[2];
  __builtin_memcpy(half, &v, sizeof v);
  return quickSum(half[0] + half[1]);
}
inline float quickSum(Floats16 v) {
  Floats8 half[2];
  __builtin_memcpy(half, &v, sizeof v);
  return quickSum(half[0] + half[1]);
}

inline float sum(Floats v) {
  float total = 0;
  for (std::int64_t i = 0; i < kLanes; ++i) {
    total += v[i];
  }
  return total;
}

}  // namespace
}  // namespace panohead::kernels
