#pragma once

#include "core/volume/volume_options.h"

#include <ATen/core/Tensor.h>

namespace panohead {

/// Rays through the pixel centres, row by row.
struct Rays {
  at::Tensor origins;     // [N, R*R, 3] world units
  at::Tensor directions;  // [N, R*R, 3] unit length
};

/// @param labels [N, 25] camera labels
Rays sampleRays(const at::Tensor& labels, std::int64_t resolution);

/// Where rays cross the box |x|, |y|, |z| <= side/2.
struct RayRange {
  at::Tensor start;  // [N, M, 1] distance along the ray; -1 for a miss
  at::Tensor end;    // [N, M, 1]; -2 for a miss
};
RayRange intersectBox(const Rays& rays, double side);
/// The same, but rays that miss the box borrow the limits of those that hit it.
RayRange boxRange(const Rays& rays, double side);

/// Stratified depths of the first pass. @param jitter in [0, 1), [N, M, samples, 1]
/// @return [N, M, samples, 1]
at::Tensor stratifiedDepths(double start, double end, bool disparity, const at::Tensor& jitter);
/// The same between limits per ray. @param range tensors of [N, M, 1]
at::Tensor stratifiedDepths(const RayRange& range, const at::Tensor& jitter);

}  // namespace panohead
