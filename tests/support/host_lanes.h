#pragma once
// The groups of core/fast/cuda/decode_batch.h without a GPU: 32 lanes one after the other.

#include "core/fast/cuda/draw_ray.h"

#include <c10/util/Half.h>

#include <array>
#include <bit>
#include <cstdint>

namespace panohead::test {

/// Features kept as float32: what is left is the arithmetic itself.
struct FloatPrecision {
  using Element = float;
  struct Pair {
    float a, b;
  };
  static Pair pack(float a, float b) { return {a, b}; }
  static std::array<float, 2> unpack(Pair p) { return {p.a, p.b}; }
};

/// As the device keeps them.
struct HalfPrecision {
  using Element = c10::Half;
  using Pair = std::uint32_t;
  static Pair pack(float a, float b) {
    return static_cast<Pair>(c10::Half(a).x) | static_cast<Pair>(c10::Half(b).x) << 16;
  }
  static std::array<float, 2> unpack(Pair p) {
    return {c10::Half(static_cast<std::uint16_t>(p & 0xffffU), c10::Half::from_bits()),
            c10::Half(static_cast<std::uint16_t>(p >> 16), c10::Half::from_bits())};
  }
};

template <typename Precision>
struct HostLanes {
  using Pair = typename Precision::Pair;
  static constexpr int kLanes = fast::cuda::kLanes;

  template <typename T, int N>
  struct Registers {
    T values[kLanes][N];
    T* of(int lane) { return values[lane]; }
    const T* of(int lane) const { return values[lane]; }
  };

  int multiplied = 0;  // calls of multiply(): how much was decoded

  template <typename F>
  void each(const F& f) {
    for (int lane = 0; lane < kLanes; ++lane) {
      f(lane);
    }
  }
  template <typename F>
  void alone(const F& f) {
    each(f);
  }
  std::uint32_t ballot(Registers<int, 1>& r) {
    std::uint32_t word = 0;
    each([&](int lane) { word |= (r.of(lane)[0] != 0 ? 1U : 0U) << lane; });
    return word;
  }
  int bits(std::uint32_t word) { return std::popcount(word); }
  template <int N>
  void butterfly(Registers<float, N>& r, int mask) {
    const Registers<float, N> before = r;
    each([&](int lane) {
      for (int i = 0; i < N; ++i) {
        r.of(lane)[i] += before.of(lane ^ mask)[i];
      }
    });
  }

  /// mma.m16n8k16 by its definition: fragments as in the PTX ISA, "Matrix fragments for mma.m16n8k16".
  void multiply(Registers<float, 4>& sum, const Registers<Pair, 4>& a, const Registers<Pair, 2>& b) {
    ++multiplied;
    float left[16][16];
    float right[16][8];
    each([&](int lane) {
      const int group = lane / 4;
      const int column = 2 * (lane % 4);
      for (int i = 0; i < 4; ++i) {
        const auto two = Precision::unpack(a.of(lane)[i]);
        left[group + 8 * (i % 2)][column + 8 * (i / 2)] = two[0];
        left[group + 8 * (i % 2)][column + 8 * (i / 2) + 1] = two[1];
      }
      for (int i = 0; i < 2; ++i) {
        const auto two = Precision::unpack(b.of(lane)[i]);
        right[column + 8 * i][group] = two[0];
        right[column + 8 * i + 1][group] = two[1];
      }
    });
    each([&](int lane) {
      for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + 8 * (i / 2);
        const int column = 2 * (lane % 4) + i % 2;
        for (int k = 0; k < 16; ++k) {
          sum.of(lane)[i] += left[row][k] * right[k][column];
        }
      }
    });
  }

  void load(const void* planes, int offset, float (&values)[8]) {
    const auto* from = static_cast<const typename Precision::Element*>(planes) + offset;
    for (int c = 0; c < 8; ++c) {
      values[c] = from[c];
    }
  }
  Pair pair(float a, float b) { return Precision::pack(a, b); }
  void store(Pair* to, const float (&values)[8]) {
    for (int i = 0; i < 4; ++i) {
      to[i] = Precision::pack(values[2 * i], values[2 * i + 1]);
    }
  }
};

}  // namespace panohead::test
