#include "core/fast/tri_grid_field.h"

#include "core/export/mesh.h"
#include "core/kernels/kernel_table.h"
#include "core/tensor/flush_denormals.h"
#include "core/tensor/host_values.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"

#include <algorithm>

namespace panohead::fast {

namespace {

constexpr std::int64_t kPointsOfTask = 1024;
constexpr std::int64_t kBoxesOfTask = 16;

}  // namespace

bool TriGridField::applies(const Generator& generator) {
  const DecoderOptions& o = generator.decoder().options;
  return generator.decoder().hidden.weight.is_cpu() && o.in % 16 == 0 && o.in <= kernels::kMostChannels &&
         o.hidden % 16 == 0 && o.hidden <= kernels::kMostHidden;
}

TriGridField::TriGridField(const Generator& generator, at::Tensor planes) {
  const at::NoGradGuard no_grad;
  const Decoder& decoder = generator.decoder();
  const GeneratorConfig& config = generator.config();
  if (planes.dim() != 6) {
    planes = packPlanes(planes, config.triplane_depth);
  }
  planes_ = planes.to(at::kFloat).contiguous();
  planes.reset();
  hidden_weight_ = toVector((decoder.hidden.weight * decoder.hidden.weightGain()).t().contiguous());
  hidden_bias_ = toVector(decoder.hidden.bias * decoder.hidden.options.lr_multiplier);
  density_weight_ = toVector((decoder.out.weight * decoder.out.weightGain())[0]);
  half_ = static_cast<float>(config.volume.box_warp / 2);
  view_.grid = {.points = 0,
                .size = planes_.size(1),
                .slices = planes_.size(4),
                .channels = planes_.size(5),
                .scale = static_cast<float>(2.0 / config.volume.box_warp),
                .limit = half_,
                .third_zxy = config.volume.third_plane == ThirdPlane::ZXY};
  view_.planes = planes_.const_data_ptr<float>();
  view_.hidden = decoder.options.hidden;
  view_.hidden_weight = hidden_weight_.data();
  view_.hidden_bias = hidden_bias_.data();
  view_.density_weight = density_weight_.data();
  view_.density_bias = (decoder.out.bias * decoder.out.options.lr_multiplier)[0].item<float>();
  // A number that is not one would pass through comparisons: bounds may be relied upon after this.
  const auto finite = [](const std::vector<float>& v) {
    return std::ranges::all_of(v, [](float x) { return std::isfinite(x); });
  };
  if (!std::isfinite(planes_.sum().item<double>()) || !finite(hidden_weight_) || !finite(hidden_bias_) ||
      !finite(density_weight_) || !std::isfinite(view_.density_bias)) {
    throw MeshError("the head's density is not a finite number everywhere",
                    "its model is damaged, or its latent is far out of range: choose another seed");
  }
}

void TriGridField::densities(std::span<const glm::vec3> points, std::span<float> values) const {
  static_assert(sizeof(glm::vec3) == 3 * sizeof(float));
  const FlushDenormals flush;
  const auto& kernel = kernels::kernels().density;
  const float* in = points.empty() ? nullptr : &points.front().x;
  parallelRanges(
      static_cast<std::int64_t>(points.size()), kPointsOfTask, [&](std::int64_t first, std::int64_t last) {
        kernel.decode(view_, in, values.data(), first, last);
      });
}

void TriGridField::bounds(std::span<const FieldBox> boxes, std::span<DensityRange> ranges) const {
  static_assert(sizeof(FieldBox) == 6 * sizeof(float) && sizeof(DensityRange) == 2 * sizeof(float));
  const FlushDenormals flush;
  const auto& kernel = kernels::kernels().density;
  const float* in = boxes.empty() ? nullptr : &boxes.front().low.x;
  float* out = ranges.empty() ? nullptr : &ranges.front().least;
  const auto count = static_cast<std::int64_t>(boxes.size());
  const std::int64_t channels = view_.grid.channels;
  parallelTasks((count + kBoxesOfTask - 1) / kBoxesOfTask, [&](std::int64_t task) {
    static thread_local std::vector<float> scratch;
    scratch.resize(static_cast<std::size_t>(kernels::boundScratch(channels)));
    kernel.bound(
        view_, in, out, scratch.data(), task * kBoxesOfTask, std::min(count, (task + 1) * kBoxesOfTask));
  });
}

}  // namespace panohead::fast
