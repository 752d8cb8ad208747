#pragma once

#include "core/kernels/density_layout.h"
#include "core/kernels/draw_layout.h"
#include "core/kernels/finish_layout.h"
#include "core/kernels/ray_layout.h"
#include "core/kernels/tri_grid_layout.h"

#include <cstdint>

namespace panohead::kernels {

/// Pictures in channels-last memory, [items][height][width][channels].
struct PictureLayout {
  std::int64_t height = 0, width = 0;  // pixels of the source
  std::int64_t channels = 0;
};

/// clamp(leaky ReLU(y * scale + bias + noise)) on channels-last pictures.
struct Epilogue {
  std::int64_t pixels = 0;  // of an item
  std::int64_t channels = 0;
  const float* scale = nullptr;          // [items][channels], or null: 1
  const float* bias = nullptr;           // [channels], or null: 0
  const float* noise = nullptr;          // [pixels], or [items][pixels], or null: 0
  std::int64_t noise_stride = 0;         // pixels where every item has its own noise, else 0
  float slope = 1;                       // below zero; 1: linear
  float limit = 3.4028234663852886e38F;  // of the clamp to both sides
};

constexpr std::int64_t kEpiloguePixels = 128;  // that one task of the gradient does

/// Tasks of an item.
constexpr std::int64_t epiloguePieces(const Epilogue& e) {
  return (e.pixels + kEpiloguePixels - 1) / kEpiloguePixels;
}

/// Where the gradient's sums go; null: not wanted.
struct EpilogueGradient {
  float* scale = nullptr;  // [tasks][channels], to be added up over an item's tasks
  float* bias = nullptr;   // [tasks][channels]
  float* noise = nullptr;  // [items][pixels]
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

  /// Both passes of rendering for rays [first, last) of all items (SPEC: stratified samples are given,
  /// importance samples found here).
  void (*march_rays)(const RayBatch&, std::int64_t first, std::int64_t last);
  /// Tasks [first, last) of kRaysOfTask rays.
  void (*march_rays_gradient)(const RayBatch&, const RayGradient&, std::int64_t first, std::int64_t last);

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

  /// Pixels [first, last) of all items.
  void (*epilogue)(const Epilogue&, const void* source, void* out, std::int64_t first, std::int64_t last);
  /// Tasks [first, last): item by item, kEpiloguePixels each.
  void (*epilogue_gradient)(const Epilogue&,
                            const EpilogueGradient&,
                            const void* source,
                            const void* out_gradient,
                            void* source_gradient,
                            std::int64_t first,
                            std::int64_t last);

  /// Rows [first, last) of the result of a convolution. @param out may be the source, or null
  void (*finish)(const Finish&, const void* source, void* out, std::int64_t first, std::int64_t last);
  /// The same after upsampling: the filter (1, 3, 3, 1) makes the source one picture.
  /// @param scratch upsampledScratch() floats, for this call alone
  void (*finish_upsampled)(const Finish&,
                           const UpsampledPhases& source,
                           void* out,
                           float* scratch,
                           std::int64_t first,
                           std::int64_t last);
};

/// Kernels that draw: no gradients.
struct DrawKernels {
  std::int64_t lanes = 0;  // see drawnChannel()
  /// Pixels of rays [first, last).
  void (*draw_rays)(const DrawnVolume&, const DrawnRays&, std::int64_t first, std::int64_t last);
  /// Density at points [first, last). @param points [points][3], world units  @param density [points],
  /// written
  void (*draw_density)(
      const DrawnVolume&, const float* points, float* density, std::int64_t first, std::int64_t last);
};

/// Kernels that surfaces are made with.
struct DensityKernels {
  /// Density at points [first, last). @param points [points][3], world units  @param density [points],
  /// written
  void (*decode)(
      const DensityVolume&, const float* points, float* density, std::int64_t first, std::int64_t last);
  /// What decode() can give inside of boxes [first, last), their faces included.
  /// @param boxes [boxes][low x, y, z, high x, y, z], world units  @param ranges [boxes][least, most],
  /// written
  /// @param scratch boundScratch() floats, for this call alone
  void (*bound)(const DensityVolume&,
                const float* boxes,
                float* ranges,
                float* scratch,
                std::int64_t first,
                std::int64_t last);
};

struct KernelTable {
  ElementKernels bfloat16, float32;
  DrawKernels draw;
  DensityKernels density;
};

/// The kernels of the level in use (core/kernels/simd_level.h).
const KernelTable& kernels() noexcept;

}  // namespace panohead::kernels
