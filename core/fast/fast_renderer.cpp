#include "core/fast/fast_super_resolution.h"
#include "core/fast/fast_synthesis.h"
#include "core/fast/fast_volume.h"
#include "core/fast/head_renderer.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"

#include <mutex>

namespace panohead {

class FastModel {
 public:
  FastModel(const Generator& generator, const std::function<void()>& checkpoint) : generator(generator) {
    const GeneratorConfig& config = generator.config();
    if (fast::FastSynthesis::applies(generator.backbone())) {
      backbone.emplace(generator.backbone(),
                       packedChannelOrder(config.triplane_depth, config.feature_channels),
                       checkpoint);
    }
  }

  /// Packed when it is first asked for: heads before colours and pictures have no use for it. Null where the
  /// model has none. @param checkpoint may be empty; may throw to cancel packing, which the next call begins
  /// anew
  const fast::FastSynthesis* background(const std::function<void()>& checkpoint) const {
    std::call_once(background_made_, [&] {
      if (generator.config().background && fast::FastSynthesis::applies(generator.backgroundNetwork())) {
        background_.emplace(generator.backgroundNetwork(), at::Tensor(), checkpoint);
      }
    });
    return background_ ? &*background_ : nullptr;
  }

  /// Packed for the first head. @param checkpoint as above
  const std::shared_ptr<const fast::SuperResolutionWeights>& superResolution(
      const std::function<void()>& checkpoint) const {
    std::call_once(super_resolution_made_, [&] {
      super_resolution_ =
          std::make_shared<const fast::SuperResolutionWeights>(generator.superResolution(), checkpoint);
    });
    return super_resolution_;
  }

  const Generator& generator;
  std::optional<fast::FastSynthesis> backbone;  // empty: widths that the kernels do not know

 private:
  mutable std::once_flag background_made_;
  mutable std::optional<fast::FastSynthesis> background_;
  mutable std::once_flag super_resolution_made_;
  mutable std::shared_ptr<const fast::SuperResolutionWeights> super_resolution_;
};

namespace {

class FastRenderer final : public HeadRenderer {
 public:
  /// @param model kept for as long as this; null: weights are packed for this one
  FastRenderer(const Generator& generator,
               std::shared_ptr<const FastModel> model,
               const PreparedHead& head,
               const std::function<void()>& checkpoint)
      : model_(std::move(model)),
        generator_(generator),
        head_(head),
        volume_(generator, head.planes, true, checkpoint),
        super_resolution_(generator.superResolution(),
                          model_ != nullptr ? model_->superResolution(checkpoint)
                                            : std::make_shared<const fast::SuperResolutionWeights>(
                                                  generator.superResolution(), checkpoint),
                          head.last_w,
                          superResolutionNoise()) {
    if (generator.config().torgb_raw) {
      raw_ = fast::PreparedRgb(generator.rawToRgb(), head.last_w);
    }
  }

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    if (!fast::FastVolume::applies(settings.volume)) {
      SynthesisSettings stochastic = settings;
      stochastic.quick = true;
      return generator_.renderFeature(head_.planes, label, stochastic);
    }
    const auto enter = [&](const char* stage) {
      if (settings.stage) {
        settings.stage(stage);
      }
    };
    enter("volume rendering");
    const std::int64_t resolution =
        settings.neural_resolution > 0 ? settings.neural_resolution : generator_.config().neural_resolution;
    FeatureImage image = volume_.render(label, resolution, settings.volume, settings.checkpoint);
    enter("background and raw picture");
    return image;
  }

  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const SynthesisSettings& settings) const override {
    if (generator_.config().sr_noise == NoiseMode::Random || settings.reference_2x_raw) {
      return generator_.finish(image, background, head_.last_w, settings);
    }
    const at::Tensor feature = generator_.composite(image, background);
    SynthesisOutput output;
    output.image_raw = raw_ ? (*raw_)(feature) : feature.slice(1, 0, 3);
    output.depth = image.depth;
    output.mask = image.weight_sum * 1.002 - 0.001;
    if (settings.super_resolution) {
      if (settings.stage) {
        settings.stage("super-resolution");
      }
      output.image = super_resolution_(output.image_raw, feature, settings.checkpoint);
    }
    return output;
  }

 private:
  NoiseMode superResolutionNoise() const {
    // Random noise is drawn anew by the specification path; see finish().
    const NoiseMode mode = generator_.config().sr_noise;
    return mode == NoiseMode::Random ? NoiseMode::None : mode;
  }

  std::shared_ptr<const FastModel> model_;
  const Generator& generator_;
  PreparedHead head_;
  fast::FastVolume volume_;
  fast::FastSuperResolution super_resolution_;
  std::optional<fast::PreparedRgb> raw_;
};

}  // namespace

std::shared_ptr<const FastModel> makeFastModel(const Generator& generator,
                                               const std::function<void()>& checkpoint) {
  return fast::FastVolume::applies(generator) ? std::make_shared<FastModel>(generator, checkpoint) : nullptr;
}

at::Tensor fastPlanes(const FastModel& model, const at::Tensor& ws, const nn::SynthesisRun& run) {
  const at::NoGradGuard no_grad;
  const GeneratorConfig& config = model.generator.config();
  if (!model.backbone || run.noise == NoiseMode::Random) {
    return packPlanes(model.generator.planes(ws, run), config.triplane_depth).to(at::kBFloat16);
  }
  const at::Tensor grids = (*model.backbone)(ws, run.noise, run.checkpoint);
  const std::int64_t size = grids.size(2);
  return grids.permute({0, 2, 3, 1})
      .to(at::kBFloat16)
      .contiguous()  // is so already
      .view({1, size, size, 3, config.triplane_depth, config.feature_channels});
}

at::Tensor fastBackground(const FastModel& model, const at::Tensor& ws, const nn::SynthesisRun& run) {
  const at::NoGradGuard no_grad;
  const fast::FastSynthesis* background =
      run.noise != NoiseMode::Random ? model.background(run.checkpoint) : nullptr;
  return background != nullptr ? (*background)(ws, run.noise, run.checkpoint).to(at::kFloat)
                               : model.generator.background(ws, run);
}

std::unique_ptr<HeadRenderer> fastRenderer(const std::shared_ptr<const FastModel>& model,
                                           const PreparedHead& head,
                                           const std::function<void()>& checkpoint) {
  return std::make_unique<FastRenderer>(model->generator, model, head, checkpoint);
}

std::unique_ptr<HeadRenderer> passingRenderer(const Generator& generator,
                                              const PreparedHead& head,
                                              const std::function<void()>& checkpoint) {
  const at::NoGradGuard no_grad;
  return fast::FastVolume::applies(generator)
             ? std::make_unique<FastRenderer>(generator, nullptr, head, checkpoint)
             : nullptr;
}

}  // namespace panohead
