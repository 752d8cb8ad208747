#include "core/volume/importance_sampler.h"

#include "core/tensor/prelude.h"

namespace panohead {

at::Tensor samplePdf(const at::Tensor& edges, const at::Tensor& weights, const at::Tensor& u) {
  constexpr double kEpsilon = 1e-5;
  const std::int64_t bins = weights.size(1);
  const at::Tensor padded = weights + kEpsilon;
  const at::Tensor pdf = padded / padded.sum(-1, true);
  const at::Tensor cdf = at::cat({at::zeros_like(pdf.slice(1, 0, 1)), pdf.cumsum(-1)}, -1);  // [B, K + 1]
  const at::Tensor position = u.contiguous();
  const at::Tensor right = at::searchsorted(cdf, position, false, true);
  const at::Tensor below = (right - 1).clamp_min(0);
  const at::Tensor above = right.clamp_max(bins);
  const at::Tensor cdf_below = cdf.gather(1, below);
  const at::Tensor edge_below = edges.gather(1, below);
  const at::Tensor width = cdf.gather(1, above) - cdf_below;
  const at::Tensor t = (position - cdf_below) / width.masked_fill(width < kEpsilon, 1.0);
  return edge_below + t * (edges.gather(1, above) - edge_below);
}

at::Tensor importanceDepths(const at::Tensor& depths,
                            const at::Tensor& weights,
                            std::int64_t samples,
                            const at::Tensor& u) {
  const at::NoGradGuard no_grad;
  const std::int64_t rays = depths.size(0) * depths.size(1);
  const at::Tensor z = depths.reshape({rays, depths.size(2)});
  // Widen before averaging, so that a surface between two samples is not missed.
  at::Tensor w = at::max_pool1d(weights.reshape({rays, 1, weights.size(2)}), 2, 1, 1);
  w = at::avg_pool1d(w, 2, 1).squeeze(1) + 0.01;
  const at::Tensor middles = (z.slice(1, 0, -1) + z.slice(1, 1)) * 0.5;
  const at::Tensor position =
      u.defined() ? u : at::linspace(0.0, 1.0, samples, z.options()).unsqueeze(0).expand({rays, samples});
  const at::Tensor fine = samplePdf(middles, w.slice(1, 1, -1), position);
  return fine.view({depths.size(0), depths.size(1), samples, 1});
}

}  // namespace panohead
