#pragma once

#include <cstdint>

namespace panohead::kernels {

/// How a batch of packed tri-grids lies in memory and in space. Planes are
/// [items][size][size][3 grids][slices][channels], so that one tap of one slice is one run of channels
/// (a cache line for 32 channels in bfloat16). Points are float [items][points][3], world units.
struct TriGridLayout {
  std::int64_t points = 0;    // of an item
  std::int64_t size = 0;      // pixels on a side
  std::int64_t slices = 0;    // along a grid's depth
  std::int64_t channels = 0;  // a multiple of 16
  float scale = 2;            // world units to [-1, 1]
  float limit = 0;            // points with |x| or |z| beyond it give zeros and get no gradient
  bool third_zxy = false;     // third grid read at (z, x, y) instead of (y, z, x)
};

}  // namespace panohead::kernels
