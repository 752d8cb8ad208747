#pragma once

#include "core/volume/decoder.h"
#include "core/volume/ray_sampler.h"
#include "core/volume/volume_options.h"

#include <functional>

namespace panohead {

class BatchRandom;

/// The volume of one batch of heads: tri-grids and the decoder that reads them.
struct TriGridVolume {
  at::Tensor planes;       // [N, 3, C * depth, H, W]
  std::int64_t depth = 3;  // slices of a grid
  const Decoder* decoder = nullptr;

  /// Density and feature at world points [N, M, 3], without crop and noise.
  PointSamples query(const at::Tensor& points, const VolumeOptions& options) const;
};

struct RenderedRays {
  at::Tensor feature;     // [N, M, F]
  at::Tensor depth;       // [N, M, 1] world units along the ray, clamped to the batch's sampled range
  at::Tensor weight_sum;  // [N, M, 1] foreground weight in [0, 1]
};

/// Every intermediate of a rendering, for tests.
struct RenderTrace {
  at::Tensor depths_coarse, density_coarse_raw, density_coarse, weights_coarse;
  at::Tensor points_coarse, crop_mask_coarse;
  at::Tensor depths_fine, density_fine, depths_all, density_all, weights_all;
};

/// 1 where a point lies in the empty margin: |x| or |z| beyond box_warp/2 - crop (y is not limited).
/// @param points [N, M, 3] -> bool [N, M, 1]
at::Tensor cropMask(const at::Tensor& points, const VolumeOptions& options);

/// 1 where the opacity over a unit length, 1 - exp(-softplus(density - 1)), is below a threshold.
at::Tensor cullMask(const at::Tensor& density, double threshold);

/// Two-pass volume rendering (SPEC, "The PanoHead generator" 5 and 6): the specification path.
/// Without gradients, rays are done in chunks, and `checkpoint` (may be empty) is called between them;
/// it may throw to cancel. `random`: where jitter and density noise come from; null: the process's own
/// numbers.
RenderedRays renderRays(const TriGridVolume& volume,
                        const Rays& rays,
                        const VolumeOptions& options,
                        const std::function<void()>& checkpoint = {},
                        RenderTrace* trace = nullptr,
                        const BatchRandom* random = nullptr);

/// Points of a regular grid of n^3 as the published shape script orders them (last index fastest),
/// including its fractional-index skew of the first two coordinates. [1, n^3, 3]
at::Tensor publishedShapeGrid(std::int64_t n, double side);

}  // namespace panohead
