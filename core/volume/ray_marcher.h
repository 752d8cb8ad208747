#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// A composited ray.
struct MarchedRays {
  at::Tensor feature;  // [N, M, F]
  at::Tensor depth;    // [N, M, 1] weighted mean distance; NaN where nothing was hit (see clampDepth)
  at::Tensor weights;  // [N, M, S - 1] of the intervals between samples
};

/// Composites sorted samples by interval midpoints: density softplus(mean of neighbours - 1),
/// alpha = 1 - exp(-density * length), weight = alpha * product of (1 - alpha + 1e-10) before it
/// (mip-NeRF's variant used by EG3D).
/// @param feature [N, M, S, F]  @param density [N, M, S, 1] raw  @param depth [N, M, S, 1] increasing
MarchedRays marchRays(const at::Tensor& feature,
                      const at::Tensor& density,
                      const at::Tensor& depth,
                      bool white_back);

/// Only the weights, for placing the second pass. [N, M, S - 1]
at::Tensor marchWeights(const at::Tensor& density, const at::Tensor& depth);

/// Rays that hit nothing get the largest sampled depth of the batch; all stay in the sampled range.
at::Tensor clampDepth(const at::Tensor& depth, double nearest, double farthest);
/// The same with the range still on the device ([] each): nothing waits for it.
at::Tensor clampDepth(const at::Tensor& depth, const at::Tensor& nearest, const at::Tensor& farthest);

}  // namespace panohead
