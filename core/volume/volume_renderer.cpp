#include "core/volume/volume_renderer.h"

#include "core/tensor/batch_random.h"
#include "core/tensor/prelude.h"
#include "core/volume/importance_sampler.h"
#include "core/volume/ray_marcher.h"
#include "core/volume/tri_grid_sampler.h"

#include <algorithm>
#include <array>

namespace panohead {

namespace {

constexpr double kEmptyDensity = -1000.0;

struct PassSamples {
  at::Tensor points;       // [N, M * S, 3]
  at::Tensor density_raw;  // [N, M, S, 1]
  at::Tensor density;      // [N, M, S, 1] after noise and crop
  at::Tensor feature;      // [N, M, S, F]
  at::Tensor cropped;      // [N, M * S, 1]
};

PassSamples samplePass(const TriGridVolume& volume,
                       const Rays& rays,
                       const at::Tensor& depths,
                       const VolumeOptions& options,
                       const BatchRandom* random) {
  const auto s = depths.sizes();
  PassSamples pass;
  pass.points =
      (rays.origins.unsqueeze(2) + depths * rays.directions.unsqueeze(2)).reshape({s[0], s[1] * s[2], 3});
  PointSamples samples = volume.query(pass.points, options);
  pass.density_raw = samples.density.reshape({s[0], s[1], s[2], 1});
  if (options.density_noise > 0) {
    const at::Tensor noise = random != nullptr ? random->normal(samples.density.sizes().slice(1))
                                               : at::randn_like(samples.density);
    samples.density = samples.density + noise * options.density_noise;
  }
  pass.cropped = cropMask(pass.points, options);
  pass.density = samples.density.masked_fill(pass.cropped, kEmptyDensity).reshape({s[0], s[1], s[2], 1});
  pass.feature = samples.feature.reshape({s[0], s[1], s[2], -1});
  return pass;
}

struct ChunkResult {
  RenderedRays rays;
  at::Tensor nearest, farthest;  // [] sampled
};

ChunkResult renderChunk(const TriGridVolume& volume,
                        const Rays& rays,
                        const RayRange& range,
                        const VolumeOptions& options,
                        RenderTrace* trace,
                        const BatchRandom* random) {
  const std::int64_t batch = rays.origins.size(0);
  const std::int64_t count = rays.origins.size(1);
  const std::int64_t fine = options.fine_samples;
  const auto float_options = rays.origins.options().requires_grad(false);
  const std::array<std::int64_t, 4> jitter_shape{batch, count, options.coarse_samples, 1};
  const auto uniform = [&](at::IntArrayRef shape) {
    return random != nullptr ? random->uniform(shape.slice(1)) : at::rand(shape, float_options);
  };
  const at::Tensor jitter =
      options.jitter ? uniform(jitter_shape) : at::full(jitter_shape, 0.5, float_options);
  at::Tensor depths =
      options.auto_range
          ? stratifiedDepths(range, jitter)
          : stratifiedDepths(options.ray_start, options.ray_end, options.disparity_sampling, jitter);
  PassSamples coarse = samplePass(volume, rays, depths, options, random);
  at::Tensor density = coarse.density;
  at::Tensor feature = coarse.feature;
  if (trace != nullptr) {
    *trace = {
        depths, coarse.density_raw, coarse.density, {}, coarse.points, coarse.cropped, {}, {}, {}, {}, {}};
  }
  if (fine > 0) {
    const at::Tensor weights = marchWeights(coarse.density, depths);
    const at::Tensor u =
        options.jitter ? uniform({batch, count, fine}).reshape({batch * count, fine}) : at::Tensor();
    const at::Tensor fine_depths = importanceDepths(depths, weights, fine, u);
    const PassSamples second = samplePass(volume, rays, fine_depths, options, random);
    at::Tensor order;
    std::tie(depths, order) = at::sort(at::cat({depths, fine_depths}, 2), 2);
    density = at::cat({coarse.density, second.density}, 2).gather(2, order);
    feature = at::cat({coarse.feature, second.feature}, 2);
    feature = feature.gather(2, order.expand({-1, -1, -1, feature.size(3)}));
    if (trace != nullptr) {
      trace->weights_coarse = weights;
      trace->depths_fine = fine_depths;
      trace->density_fine = second.density;
    }
  }
  const MarchedRays marched = marchRays(feature, density, depths, options.white_back);
  if (trace != nullptr) {
    trace->depths_all = depths;
    trace->density_all = density;
    trace->weights_all = marched.weights.unsqueeze(-1);
  }
  return {{marched.feature, marched.depth, marched.weights.sum(2, true)},
          depths.detach().min(),
          depths.detach().max()};
}

}  // namespace

PointSamples TriGridVolume::query(const at::Tensor& points, const VolumeOptions& options) const {
  return (*decoder)(sampleTriGrid(planes, points, depth, options));
}

at::Tensor cropMask(const at::Tensor& points, const VolumeOptions& options) {
  const double limit = options.box_warp / 2 - options.crop;
  return at::logical_or(points.slice(2, 0, 1).abs() > limit, points.slice(2, 2, 3).abs() > limit);
}

at::Tensor cullMask(const at::Tensor& density, double threshold) {
  return 1.0 - at::softplus(density - 1.0).neg().exp() < threshold;
}

RenderedRays renderRays(const TriGridVolume& volume,
                        const Rays& rays,
                        const VolumeOptions& options,
                        const std::function<void()>& checkpoint,
                        RenderTrace* trace,
                        const BatchRandom* random) {
  options.check();
  const RayRange range = options.auto_range ? boxRange(rays, options.box_warp) : RayRange{};
  const std::int64_t count = rays.origins.size(1);
  const bool whole = at::GradMode::is_enabled() || trace != nullptr || options.rays_per_chunk <= 0;
  const std::int64_t chunk = whole ? count : std::min(options.rays_per_chunk, count);

  std::vector<at::Tensor> features, depths, weight_sums;
  at::Tensor nearest, farthest;
  for (std::int64_t first = 0; first < count; first += chunk) {
    if (checkpoint) {
      checkpoint();
    }
    const std::int64_t size = std::min(chunk, count - first);
    const auto piece = [&](const at::Tensor& t) { return t.defined() ? t.narrow(1, first, size) : t; };
    const ChunkResult result = renderChunk(volume,
                                           {piece(rays.origins), piece(rays.directions)},
                                           {piece(range.start), piece(range.end)},
                                           options,
                                           trace,
                                           random);
    features.push_back(result.rays.feature);
    depths.push_back(result.rays.depth);
    weight_sums.push_back(result.rays.weight_sum);
    nearest = nearest.defined() ? at::minimum(nearest, result.nearest) : result.nearest;
    farthest = farthest.defined() ? at::maximum(farthest, result.farthest) : result.farthest;
  }
  return {at::cat(features, 1), clampDepth(at::cat(depths, 1), nearest, farthest), at::cat(weight_sums, 1)};
}

at::Tensor publishedShapeGrid(std::int64_t n, double side) {
  const double step = side / static_cast<double>(n - 1);
  const double size = static_cast<double>(n);
  const at::Tensor index = at::arange(n * n * n, at::kFloat);
  const at::Tensor z = index.remainder(size);
  const at::Tensor y = (index / size).remainder(size);
  const at::Tensor x = (index / size / size).remainder(size);
  return (at::stack({x, y, z}, -1) * step - side / 2).unsqueeze(0);
}

}  // namespace panohead
