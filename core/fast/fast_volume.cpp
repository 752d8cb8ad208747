#include "core/fast/fast_volume.h"

#include "core/tensor/flush_denormals.h"
#include "core/tensor/host_values.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/ray_sampler.h"

#include <cmath>

namespace panohead::fast {

namespace {

constexpr std::int64_t kRaysOfTask = 32;

}  // namespace

kernels::FeatureActivation activationOf(DecoderActivation activation) {
  switch (activation) {
    case DecoderActivation::Sigmoid:
      return kernels::FeatureActivation::Sigmoid;
    case DecoderActivation::LeakyRelu:
      return kernels::FeatureActivation::LeakyRelu;
    case DecoderActivation::None:
      break;
  }
  return kernels::FeatureActivation::None;
}

bool FastVolume::applies(const Generator& generator) {
  const Decoder& decoder = generator.decoder();
  const DecoderOptions& o = decoder.options;
  return decoder.hidden.weight.is_cpu() && o.in % 32 == 0 && o.in <= kernels::kMostChannels &&
         o.hidden % 16 == 0 && o.hidden <= kernels::kMostHidden && o.feature % 16 == 0 &&
         o.feature <= kernels::kMostChannels;
}

bool FastVolume::applies(const VolumeOptions& options) {
  return !options.jitter && options.density_noise == 0 && options.coarse_samples >= 4 &&
         options.coarse_samples + options.fine_samples <= kernels::kMostSamples;
}

FastVolume::FastVolume(const Generator& generator,
                       const at::Tensor& planes,
                       bool skip_empty,
                       const std::function<void()>& checkpoint)
    : kernels_(kernels::kernels().draw) {
  const at::NoGradGuard no_grad;
  const Decoder& decoder = generator.decoder();
  const GeneratorConfig& config = generator.config();
  planes_ =
      (planes.dim() == 6 ? planes : packPlanes(planes, config.triplane_depth)).to(at::kBFloat16).contiguous();

  const at::Tensor hidden =
      (decoder.hidden.weight * decoder.hidden.weightGain()).t().contiguous();  // [in, hidden]
  std::vector<std::int64_t> order(static_cast<std::size_t>(decoder.options.in));
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = kernels::drawnChannel(static_cast<std::int64_t>(i), kernels_.lanes);
  }
  hidden_weight_ = toVector(hidden.index_select(0, at::tensor(order)));
  hidden_bias_ = toVector(decoder.hidden.bias * decoder.hidden.options.lr_multiplier);
  const at::Tensor out = decoder.out.weight * decoder.out.weightGain();  // [1 + F, hidden]
  const at::Tensor bias = decoder.out.bias * decoder.out.options.lr_multiplier;
  density_weight_ = toVector(out[0]);
  feature_weight_ = toVector(out.slice(0, 1).t());
  feature_bias_ = toVector(bias.slice(0, 1));

  const VolumeOptions& options = config.volume;
  view_.grid = {.points = 0,
                .size = planes_.size(1),
                .slices = planes_.size(4),
                .channels = planes_.size(5),
                .scale = static_cast<float>(2.0 / options.box_warp),
                .limit = static_cast<float>(options.box_warp / 2 - options.crop),
                .third_zxy = options.third_plane == ThirdPlane::ZXY};
  view_.planes = planes_.const_data_ptr();
  view_.hidden = decoder.options.hidden;
  view_.features = decoder.options.feature;
  view_.hidden_weight = hidden_weight_.data();
  view_.hidden_bias = hidden_bias_.data();
  view_.density_weight = density_weight_.data();
  view_.density_bias = bias[0].item<float>();
  view_.feature_weight = feature_weight_.data();
  view_.feature_bias = feature_bias_.data();
  view_.activation = activationOf(decoder.options.activation);
  const auto half = static_cast<float>(options.box_warp / 2);
  occupancy_ = skip_empty ? Occupancy(kernels_, view_, half, checkpoint) : Occupancy::everything(half);
  everything_ = Occupancy::everything(half);
  view_.occupancy = occupancy_->layout();
}

FeatureImage FastVolume::render(const at::Tensor& label,
                                std::int64_t resolution,
                                const VolumeOptions& options,
                                const std::function<void()>& checkpoint) const {
  options.check();
  const at::NoGradGuard no_grad;
  const FlushDenormals flush;
  const Rays rays = sampleRays(label, resolution);
  const at::Tensor origins = rays.origins.contiguous();
  const at::Tensor directions = rays.directions.contiguous();
  const std::int64_t count = origins.size(1);
  const std::int64_t coarse = options.coarse_samples;
  const at::Tensor middle = at::full({1, options.auto_range ? count : 1, coarse, 1}, 0.5);
  const at::Tensor depths =
      (options.auto_range
           ? stratifiedDepths(boxRange(rays, options.box_warp), middle)
           : stratifiedDepths(options.ray_start, options.ray_end, options.disparity_sampling, middle))
          .contiguous();
  kernels::DrawnVolume view = view_;
  const double cell = 2.0 * view.occupancy.half / static_cast<double>(view.occupancy.size);
  if (depths.diff(1, 2).max().item<double>() > kernels::kMostCellsOfStep * cell) {
    view.occupancy = everything_->layout();
  }
  const at::Tensor positions = at::linspace(0.0, 1.0, std::max(1, options.fine_samples));

  const at::Tensor feature = at::empty({count, view_.features});
  const at::Tensor weight = at::empty({count});
  const at::Tensor depth = at::empty({count});
  kernels::DrawnRays drawn;
  drawn.coarse = coarse;
  drawn.fine = options.fine_samples;
  drawn.origins = origins.const_data_ptr<float>();
  drawn.directions = directions.const_data_ptr<float>();
  drawn.coarse_depths = depths.const_data_ptr<float>();
  drawn.depth_stride = options.auto_range ? coarse : 0;
  drawn.fine_positions = positions.const_data_ptr<float>();
  drawn.least_transmittance = kernels::kLeastTransmittance;
  drawn.white_back = options.white_back;
  drawn.feature = feature.data_ptr<float>();
  drawn.weight_sum = weight.data_ptr<float>();
  drawn.depth = depth.data_ptr<float>();
  parallelTasks((count + kRaysOfTask - 1) / kRaysOfTask,
                [&](std::int64_t task) {
                  kernels_.draw_rays(
                      view, drawn, task * kRaysOfTask, std::min(count, (task + 1) * kRaysOfTask));
                },
                checkpoint);

  // As clampDepth(): rays that hit nothing are as far away as anything is looked for.
  const at::Tensor distance =
      at::where(weight > 0, depth / weight, depths.max()).clamp(depths.min(), depths.max());
  const std::int64_t r = resolution;
  return {feature.view({1, r, r, view_.features}).permute({0, 3, 1, 2}),
          distance.view({1, 1, r, r}),
          weight.view({1, 1, r, r})};
}

}  // namespace panohead::fast
