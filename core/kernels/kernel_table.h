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

/// Pictures in channels-last memory, [items][height][width][channels].
struct PictureLayout {
  std::int64_t height = 0, width = 0;  // pixels of the source
  std::int64_t channels = 0;
};

/// Kernels of one instruction set for one element type (bfloat16 or float, by pointer to its bits).
/// Each call does a range of independent tasks, so that callers may split them over threads: results do
/// not depend on how.
struct ElementKernels {
  /// Mean of the trilinear samples of the three grids at points [first, last) of all items.
  /// @param out [items][points][channels]
  void (*sample_tri_grid)(const TriGridLayout&,
                          const void* planes,
                          const float* points,
                          void* out,
                          std::int64_t first,
                          std::int64_t last);

  /// Adds the planes' gradient. A task is one grid of one item (3 * items of them): no two touch the same
  /// memory, and each adds its points in order.
  /// @param gradient float, laid out as the planes
  void (*sample_tri_grid_planes_gradient)(const TriGridLayout&,
                                          const void* out_gradient,
                                          const float* points,
                                          float* gradient,
                                          std::int64_t first,
                                          std::int64_t last);

  /// Gradient of points [first, last). @param gradient float [items][points][3], written
  void (*sample_tri_grid_points_gradient)(const TriGridLayout&,
                                          const void* planes,
                                          const void* out_gradient,
                                          const float* points,
                                          float* gradient,
                                          std::int64_t first,
                                          std::int64_t last);

  // The (1, 3, 3, 1) filter of StyleGAN2 on channels-last pictures; zeros outside. A task is one row of the
  // result of one item.

  /// Twice the size. @param add picture of the result's size that is added, or null
  void (*fir_up2)(const PictureLayout&,
                  const void* source,
                  const void* add,
                  void* out,
                  float gain,
                  std::int64_t first,
                  std::int64_t last);
  /// Half the size (of an even one).
  void (*fir_down2)(
      const PictureLayout&, const void* source, void* out, float gain, std::int64_t first, std::int64_t last);
  /// Height and width + 2 padding - 3.
  void (*fir_blur)(const PictureLayout&,
                   const void* source,
                   void* out,
                   std::int64_t padding,
                   float gain,
                   std::int64_t first,
                   std::int64_t last);
};

struct KernelTable {
  ElementKernels bfloat16, float32;
};

/// The kernels of the level in use (core/kernels/simd_level.h).
const KernelTable& kernels() noexcept;

}  // namespace panohead::kernels
