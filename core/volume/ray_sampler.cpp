#include "core/volume/ray_sampler.h"

#include "core/tensor/prelude.h"

namespace panohead {

Rays sampleRays(const at::Tensor& labels, std::int64_t resolution) {
  const std::int64_t batch = labels.size(0);
  const at::Tensor pose = labels.slice(1, 0, 16).view({batch, 4, 4});
  const at::Tensor intrinsics = labels.slice(1, 16, 25).view({batch, 3, 3});
  const auto entry = [&](int row, int column) {
    return intrinsics.select(1, row).select(1, column).unsqueeze(1);  // [N, 1]
  };

  const at::Tensor centre = (at::arange(resolution, labels.options().requires_grad(false)) + 0.5) *
                            (1.0 / static_cast<double>(resolution));
  const at::Tensor u = centre.repeat({resolution}).unsqueeze(0);  // columns vary fastest
  const at::Tensor v = centre.repeat_interleave(resolution).unsqueeze(0);
  const at::Tensor fx = entry(0, 0);
  const at::Tensor fy = entry(1, 1);
  const at::Tensor skew = entry(0, 1);
  const at::Tensor y = (v - entry(1, 2)) / fy;
  const at::Tensor x = (u - entry(0, 2) - skew * y) / fx;
  const at::Tensor camera_directions = at::stack({x, y, at::ones_like(x)}, 2);  // [N, M, 3], z forward

  const at::Tensor rotation = pose.slice(1, 0, 3).slice(2, 0, 3);
  const at::Tensor directions = at::matmul(camera_directions, rotation.transpose(1, 2));
  Rays rays;
  rays.directions = directions / directions.norm(2, {2}, true).clamp_min(1e-12);
  rays.origins = pose.slice(1, 0, 3).select(2, 3).unsqueeze(1).expand_as(directions);
  return rays;
}

RayRange intersectBox(const Rays& rays, double side) {
  const at::Tensor inverse = rays.directions.reciprocal();
  const at::Tensor a = (-side / 2 - rays.origins) * inverse;
  const at::Tensor b = (side / 2 - rays.origins) * inverse;
  const at::Tensor start = at::minimum(a, b).amax({-1}, true);
  const at::Tensor end = at::maximum(a, b).amin({-1}, true);
  const at::Tensor miss = start > end;
  return {start.masked_fill(miss, -1.0), end.masked_fill(miss, -2.0)};
}

RayRange boxRange(const Rays& rays, double side) {
  RayRange range = intersectBox(rays, side);
  const at::Tensor hit = range.end > range.start;
  if (hit.any().item<bool>()) {
    const at::Tensor starts = range.start.masked_select(hit);
    range.start = at::where(hit, range.start, starts.min());
    range.end = at::where(hit, range.end, starts.max());
  }
  return range;
}

at::Tensor stratifiedDepths(double start, double end, bool disparity, const at::Tensor& jitter) {
  const std::int64_t samples = jitter.size(2);
  const double last = static_cast<double>(samples - 1);
  const auto options = jitter.options();
  if (disparity) {
    const at::Tensor t =
        at::linspace(0.0, 1.0, samples, options).view({1, 1, samples, 1}) + jitter * (1.0 / last);
    return (t.neg() + 1.0).mul(1.0 / start).add(t * (1.0 / end)).reciprocal();
  }
  return at::linspace(start, end, samples, options).view({1, 1, samples, 1}) +
         jitter * ((end - start) / last);
}

at::Tensor stratifiedDepths(const RayRange& range, const at::Tensor& jitter) {
  const std::int64_t samples = jitter.size(2);
  const double last = static_cast<double>(samples - 1);
  const at::Tensor steps = at::arange(samples, jitter.options()).view({1, 1, samples, 1}) * (1.0 / last);
  const at::Tensor start = range.start.unsqueeze(2);
  const at::Tensor length = range.end.unsqueeze(2) - start;
  return start + steps * length + jitter * (length * (1.0 / last));
}

}  // namespace panohead
