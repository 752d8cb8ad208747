#pragma once
// Gathers the kernels that the including file is compiled for (see core/kernels/simd.h).

#include "core/kernels/density_kernels.h"
#include "core/kernels/draw_kernels.h"
#include "core/kernels/epilogue_kernels.h"
#include "core/kernels/finish_kernels.h"
#include "core/kernels/fir_kernels.h"
#include "core/kernels/kernel_table.h"
#include "core/kernels/ray_kernels.h"
#include "core/kernels/tri_grid_kernels.h"

namespace panohead::kernels {
namespace {

template <typename Element>
constexpr ElementKernels elementKernels() {
  return {.sample_tri_grid = sampleTriGrid<Element>,
          .sample_tri_grid_planes_gradient = sampleTriGridPlanesGradient<Element>,
          .sample_tri_grid_points_gradient = sampleTriGridPointsGradient<Element>,
          .march_rays = marchRays<Element>,
          .march_rays_gradient = marchRaysGradient<Element>,
          .fir_up2 = firUp2<Element>,
          .fir_down2 = firDown2<Element>,
          .fir_blur = firBlur<Element>,
          .epilogue = epilogue<Element>,
          .epilogue_gradient = epilogueGradient<Element>,
          .finish = finishRows<Element>,
          .finish_upsampled = finishUpsampledRows<Element>};
}

constexpr KernelTable makeTable() {
  return {elementKernels<BFloat16>(),
          elementKernels<float>(),
          {kLanes, drawRays, drawDensity},
          {decodeDensity, boundDensity}};
}

}  // namespace
}  // namespace panohead::kernels
