#include "core/training/metrics/view_warp.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/picture_measures.h"
#include "core/volume/ray_sampler.h"

namespace panohead {

namespace {

enum Interpolation : std::int64_t { kBilinear = 0, kNearest = 1, kBicubic = 2 };
constexpr std::int64_t kBorder = 1;  // padding: the border's value

at::Tensor sample(const at::Tensor& picture, const at::Tensor& grid, Interpolation how) {
  return at::grid_sampler(picture, grid, how, kBorder, false);
}

// Largest of the 3 x 3 neighbours.
at::Tensor largest3(const at::Tensor& x) { return at::max_pool2d(x, {3, 3}, {1, 1}, {1, 1}); }
at::Tensor smallest3(const at::Tensor& x) { return largest3(x.neg()).neg(); }

struct Projected {
  at::Tensor grid;      // [1, r, r, 2]
  at::Tensor distance;  // [1, 1, r, r] from the camera
  at::Tensor in_front;  // bool [1, 1, r, r]
};

// Inverse of sampleRays. @param points [M, 3], M = r * r
Projected project(const at::Tensor& points, const at::Tensor& label, std::int64_t r) {
  const at::Tensor pose = label.slice(1, 0, 16).view({4, 4});
  const at::Tensor k = label.slice(1, 16, 25).view({3, 3});
  const at::Tensor offset = points - pose.slice(0, 0, 3).select(1, 3);
  const at::Tensor local = at::matmul(offset, pose.slice(0, 0, 3).slice(1, 0, 3));  // R^T (p - t)
  const at::Tensor depth = local.select(1, 2);
  const at::Tensor x = local.select(1, 0) / depth;
  const at::Tensor y = local.select(1, 1) / depth;
  const at::Tensor u = k[0][0] * x + k[0][1] * y + k[0][2];
  const at::Tensor v = k[1][1] * y + k[1][2];
  const at::Tensor grid = at::nan_to_num(at::stack({u * 2 - 1, v * 2 - 1}, 1), 9, 9, -9);
  return {grid.view({1, r, r, 2}), offset.norm(2, {1}).view({1, 1, r, r}), (depth > 0).view({1, 1, r, r})};
}

}  // namespace

Reprojection reproject(const HeadView& from, const HeadView& to) {
  const std::int64_t r = from.depth.size(2);
  const Rays rays = sampleRays(from.label, r);
  const at::Tensor points = (rays.origins + rays.directions * from.depth.view({1, r * r, 1})).squeeze(0);
  const Projected there = project(points, to.label, r);

  Reprojection result;
  result.grid = there.grid;
  result.error = there.distance - sample(to.depth, there.grid, kBilinear);
  const auto slope = [](const at::Tensor& depth) { return largest3(depth) - smallest3(depth); };
  const at::Tensor inside = (there.grid.abs().amax({3}) < 1).unsqueeze(1).logical_and(there.in_front);
  const at::Tensor solid =
      (from.mask > kSolid).logical_and(sample(smallest3(to.mask), there.grid, kBilinear) > kSolid);
  const at::Tensor smooth = (slope(from.depth) < kSurfaceSlope)
                                .logical_and(sample(slope(to.depth), there.grid, kBilinear) < kSurfaceSlope);
  result.visible = inside.logical_and(solid).logical_and(smooth).logical_and(result.error < kOcclusion);
  return result;
}

at::Tensor warped(const at::Tensor& picture, const Reprojection& reprojection) {
  return sample(picture, reprojection.grid, kBicubic);
}

Reprojection resized(const Reprojection& reprojection, std::int64_t size) {
  const auto nearest = [&](const at::Tensor& x) {
    const at::Tensor centre = (at::arange(size, at::kDouble) + 0.5) / static_cast<double>(size);
    const at::Tensor index = (centre * static_cast<double>(x.size(2))).floor().to(at::kLong).to(x.device());
    return x.index_select(2, index).index_select(3, index);
  };
  Reprojection result;
  result.grid = nn::resizeBilinear(reprojection.grid.permute({0, 3, 1, 2}), size, size, false)
                    .permute({0, 2, 3, 1})
                    .contiguous();
  result.error = nearest(reprojection.error);
  result.visible = nearest(reprojection.visible);
  return result;
}

Consistency viewConsistency(const HeadView& a, const HeadView& b) {
  double depth = 0, depth_count = 0, colour = 0, colour_count = 0, foreground = 0;
  const auto oneWay = [&](const HeadView& from, const HeadView& to) {
    const Reprojection seen = reproject(from, to);
    const at::Tensor error = seen.error.abs().to(at::kDouble);
    const at::Tensor weight = seen.visible.to(at::kDouble);
    depth += (error.clamp_max(kConsistencyLimit) * weight).sum().item<double>();
    depth_count += weight.sum().item<double>();
    const at::Tensor same = weight * (error < kOcclusion).to(at::kDouble);
    const at::Tensor difference = (from.raw.clamp(-1, 1) - warped(to.raw.clamp(-1, 1), seen)).abs() * 0.5;
    colour += (difference.to(at::kDouble).mean(1, true) * same).sum().item<double>();
    colour_count += same.sum().item<double>();
    foreground += (from.mask > kSolid).sum().item<double>();
  };
  oneWay(a, b);
  oneWay(b, a);
  // 0 / 0: views without common surface have no consistency (NaN).
  return {depth / depth_count, colour / colour_count, foreground > 0 ? depth_count / foreground : 0};
}

Flicker flickerBetween(const HeadView& previous, const HeadView& next) {
  const Reprojection seen = resized(reproject(next, previous), next.picture.size(2));
  const at::Tensor now = next.picture.clamp(-1, 1);
  const at::Tensor before = previous.picture.clamp(-1, 1);
  return {weightedMean((now - warped(before, seen)).abs() * 0.5, seen.visible),
          weightedMean((now - before).abs() * 0.5, seen.visible)};
}

}  // namespace panohead
