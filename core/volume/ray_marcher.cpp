#include "core/volume/ray_marcher.h"

#include "core/tensor/prelude.h"

#include <limits>

namespace panohead {

namespace {

at::Tensor midpoints(const at::Tensor& x) { return (x.slice(2, 0, -1) + x.slice(2, 1)) * 0.5; }

}  // namespace

at::Tensor marchWeights(const at::Tensor& density, const at::Tensor& depth) {
  const at::Tensor length = (depth.slice(2, 1) - depth.slice(2, 0, -1)).squeeze(-1);
  const at::Tensor mid_density = at::softplus(midpoints(density).squeeze(-1) - 1.0);
  const at::Tensor alpha = 1.0 - (mid_density * length).neg().exp();
  const at::Tensor passed = 1.0 - alpha + 1e-10;
  const at::Tensor transmittance =
      at::cat({at::ones_like(passed.slice(2, 0, 1)), passed.slice(2, 0, -1).cumprod(2)}, 2);
  return alpha * transmittance;
}

MarchedRays marchRays(const at::Tensor& feature,
                      const at::Tensor& density,
                      const at::Tensor& depth,
                      bool white_back) {
  MarchedRays rays;
  rays.weights = marchWeights(density, depth);
  const at::Tensor weights = rays.weights.unsqueeze(-1);
  rays.feature = (weights * midpoints(feature)).sum(2);
  const at::Tensor total = weights.sum(2);
  rays.depth = (weights * midpoints(depth)).sum(2) / total;
  if (white_back) {
    rays.feature = rays.feature + (1.0 - total);
  }
  return rays;
}

at::Tensor clampDepth(const at::Tensor& depth, double nearest, double farthest) {
  return at::nan_to_num(depth, std::numeric_limits<double>::infinity()).clamp(nearest, farthest);
}

at::Tensor clampDepth(const at::Tensor& depth, const at::Tensor& nearest, const at::Tensor& farthest) {
  return at::nan_to_num(depth, std::numeric_limits<double>::infinity()).clamp(nearest, farthest);
}

}  // namespace panohead
