#include "core/generator/quick_synthesis.h"

#include "core/base/error.h"
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "core/volume/importance_sampler.h"
#include "core/volume/quick_rays.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/ray_marcher.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead {

namespace {

constexpr double kEmptyDensity = -1000.0;

/// Random numbers for a batch, from one generator or from one for each item.
class RayRandom {
 public:
  RayRandom(const std::vector<at::Generator>& generators, std::int64_t items) : generators_(generators) {
    if (!generators.empty() && static_cast<std::int64_t>(generators.size()) != items) {
      throw Error(fmt::format("{} random generators for {} items", generators.size(), items),
                  "pass one for each item, or none");
    }
  }
  /// @param shape [N, ...]
  at::Tensor uniform(const std::vector<std::int64_t>& shape) const {
    return draw(shape,
                [](const auto& s, const auto& generator) { return at::rand(s, generator, at::kFloat); });
  }
  at::Tensor normal(const std::vector<std::int64_t>& shape) const {
    return draw(shape,
                [](const auto& s, const auto& generator) { return at::randn(s, generator, at::kFloat); });
  }

 private:
  template <typename Source>
  at::Tensor draw(std::vector<std::int64_t> shape, const Source& source) const {
    if (generators_.empty()) {
      return source(shape, std::optional<at::Generator>());
    }
    shape[0] = 1;
    std::vector<at::Tensor> items;
    for (const at::Generator& generator : generators_) {
      items.push_back(source(shape, std::optional(generator)));
    }
    return at::cat(items, 0);
  }

  const std::vector<at::Generator>& generators_;
};

at::Tensor linear(const nn::FullyConnected& layer, const at::Tensor& x) {
  const auto type = x.scalar_type();
  return at::linear(
      x, (layer.weight * layer.weightGain()).to(type), (layer.bias * layer.options.lr_multiplier).to(type));
}

at::Tensor activate(const at::Tensor& feature, DecoderActivation activation) {
  switch (activation) {
    case DecoderActivation::None:
      break;
    case DecoderActivation::Sigmoid:
      return at::sigmoid(feature) * 1.002 - 0.001;
    case DecoderActivation::LeakyRelu:
      return at::leaky_relu(feature, 0.2) * std::sqrt(2.0);
  }
  return feature;
}

/// @return density [N, M, 1] float32, feature [N, M, F] of the decoder's type
PointSamples query(const Decoder& decoder,
                   const at::Tensor& planes,
                   const at::Tensor& points,
                   const VolumeOptions& volume,
                   at::ScalarType type,
                   bool crop) {
  const at::Tensor x = quickSampleTriGrid(planes, points, volume, crop).to(type);
  const at::Tensor y = linear(decoder.out, at::softplus(linear(decoder.hidden, x)));
  return {y.slice(2, 0, 1).to(at::kFloat), activate(y.slice(2, 1), decoder.options.activation)};
}

struct Pass {
  at::Tensor density;  // [N, M, S] with noise and crop
  at::Tensor feature;  // [N, M, S, F] of the decoder's type
};

Pass samplePass(const QuickRays& batch,
                const Decoder& decoder,
                const at::Tensor& depths,
                const at::Tensor& noise,
                const VolumeOptions& volume,
                at::ScalarType type) {
  const auto s = depths.sizes();
  const at::Tensor points = (batch.rays.origins.unsqueeze(2) + depths * batch.rays.directions.unsqueeze(2))
                                .reshape({s[0], s[1] * s[2], 3});
  const PointSamples samples = query(decoder, batch.planes, points, volume, type, true);
  at::Tensor density = samples.density;
  if (noise.defined()) {
    density = density + noise.reshape(density.sizes());
  }
  density = density.masked_fill(cropMask(points, volume), kEmptyDensity);
  return {density.reshape({s[0], s[1], s[2]}), samples.feature.reshape({s[0], s[1], s[2], -1})};
}

/// quickRays for any decoder, operation by operation.
QuickRaysResult raysByOperations(const QuickRays& batch,
                                 const Decoder& decoder,
                                 const VolumeOptions& volume,
                                 at::ScalarType type) {
  const std::int64_t items = batch.coarse_depths.size(0);
  const std::int64_t count = batch.coarse_depths.size(1);
  const std::int64_t coarse = batch.coarse_depths.size(2);
  at::Tensor depths = batch.coarse_depths;
  const Pass first = samplePass(batch, decoder, depths, batch.coarse_noise, volume, type);
  at::Tensor density = first.density.unsqueeze(-1);
  at::Tensor order;
  Pass second;
  if (batch.fine_positions.defined()) {
    const std::int64_t fine = batch.fine_positions.size(2);
    at::Tensor fine_depths;
    {
      const at::NoGradGuard no_grad;
      fine_depths = importanceDepths(
          depths, marchWeights(density, depths), fine, batch.fine_positions.reshape({items * count, fine}));
    }
    second = samplePass(batch, decoder, fine_depths, batch.fine_noise, volume, type);
    std::tie(depths, order) = at::sort(at::cat({depths, fine_depths}, 2), 2);
    density = at::cat({first.density, second.density}, 2).unsqueeze(-1).gather(2, order);
  }
  const at::Tensor weights = marchWeights(density, depths);  // [N, M, S - 1]

  // The midpoint rule gives each sample half the weight of the intervals beside it: features stay where
  // they are, and the weights are put back into the order in which samples were taken.
  at::Tensor share = (at::constant_pad_nd(weights, {1, 0}) + at::constant_pad_nd(weights, {0, 1})) * 0.5;
  if (order.defined()) {
    share = at::zeros_like(share).scatter(2, order.squeeze(-1), share);
  }
  const auto composite = [&](const Pass& pass, const at::Tensor& part) {
    const at::Tensor& f = pass.feature;
    return at::bmm(part.to(f.scalar_type()).reshape({items * count, 1, f.size(2)}), f.flatten(0, 1))
        .to(at::kFloat)
        .view({items, count, -1});
  };
  at::Tensor feature = composite(first, share.slice(2, 0, coarse));
  if (order.defined()) {
    feature = feature + composite(second, share.slice(2, coarse));
  }
  const at::Tensor total = weights.sum(2, true);
  const at::Tensor middle = (depths.slice(2, 0, -1) + depths.slice(2, 1)).squeeze(-1) * 0.5;
  return {feature, total, (weights * middle).sum(2, true) / total, depths.detach()};
}

}  // namespace

at::Tensor quickPlanes(const Generator& generator,
                       const at::Tensor& ws,
                       const nn::SynthesisRun& run,
                       std::int64_t upto) {
  const GeneratorConfig& config = generator.config();
  nn::SynthesisRun packed = run;
  packed.upto = upto;
  packed.rgb_order = packedChannelOrder(config.triplane_depth, config.feature_channels);
  const at::Tensor grid = generator.backbone()(ws, packed);
  const std::int64_t size = grid.size(2);
  // In a reduced type the backbone is channels-last, and nothing is copied here.
  return grid.permute({0, 2, 3, 1})
      .contiguous()
      .view({grid.size(0), size, size, 3, config.triplane_depth, config.feature_channels});
}

RenderedRays quickRender(const Generator& generator,
                         const at::Tensor& planes,
                         const Rays& rays,
                         const VolumeOptions& volume,
                         const QuickRenderOptions& options) {
  volume.check();
  const std::int64_t items = rays.origins.size(0);
  const std::int64_t count = rays.origins.size(1);
  const std::int64_t coarse = volume.coarse_samples;
  const std::int64_t fine = volume.fine_samples;
  const RayRandom random(options.generators, items);

  QuickRays batch{planes, rays, {}, {}, {}, {}};
  const std::vector<std::int64_t> shape{items, count, coarse, 1};
  const at::Tensor jitter = volume.jitter ? random.uniform(shape) : at::full(shape, 0.5);
  batch.coarse_depths =
      volume.auto_range
          ? stratifiedDepths(boxRange(rays, volume.box_warp), jitter)
          : stratifiedDepths(volume.ray_start, volume.ray_end, volume.disparity_sampling, jitter);
  const auto noise = [&](std::int64_t samples) {
    return volume.density_noise > 0 ? (random.normal({items, count * samples, 1}) * volume.density_noise)
                                          .view({items, count, samples})
                                    : at::Tensor();
  };
  batch.coarse_noise = noise(coarse);  // drawn in the specification's order
  if (fine > 0) {
    batch.fine_positions = volume.jitter ? random.uniform({items, count * fine}).view({items, count, fine})
                                         : at::linspace(0.0, 1.0, fine).expand({items, count, fine});
    batch.fine_noise = noise(fine);
  }
  const bool fused = options.fused && quickRaysApply(batch, generator.decoder());
  const QuickRaysResult result =
      fused ? quickRays(batch, generator.decoder(), volume)
            : raysByOperations(batch, generator.decoder(), volume, options.decoder_dtype);
  const at::Tensor depths = result.depths.detach();
  at::Tensor feature = result.feature;
  if (volume.white_back) {
    feature = feature + (1.0 - result.weight_sum);
  }
  return {feature, clampDepth(result.depth, depths.min(), depths.max()), result.weight_sum};
}

PointSamples quickQuery(const Generator& generator,
                        const at::Tensor& planes,
                        const at::Tensor& points,
                        const VolumeOptions& volume,
                        const QuickRenderOptions& options) {
  PointSamples samples = query(generator.decoder(), planes, points, volume, options.decoder_dtype, false);
  samples.feature = samples.feature.to(at::kFloat);
  return samples;
}

}  // namespace panohead
