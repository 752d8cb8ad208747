#include "core/fast/fast_super_resolution.h"
#include "core/fast/fast_volume.h"
#include "core/fast/head_renderer.h"
#include "core/tensor/prelude.h"

namespace panohead {

class FastModel {
 public:
  explicit FastModel(const Generator& generator)
      : generator(generator), super_resolution(generator.superResolution()) {}

  const Generator& generator;
  fast::FoldedSuperResolution super_resolution;
};

namespace {

class FastRenderer final : public HeadRenderer {
 public:
  FastRenderer(const std::shared_ptr<const FastModel>& model, const PreparedHead& head)
      : model_(model),
        head_(head),
        volume_(model->generator, head.planes),
        super_resolution_(model->super_resolution, head.last_w, superResolutionNoise()) {
    if (model->generator.config().torgb_raw) {
      raw_ = fast::PreparedRgb(model->generator.rawToRgb(), head.last_w);
    }
  }

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    if (!fast::FastVolume::applies(settings.volume)) {
      return model_->generator.renderFeature(head_.planes, label, settings);
    }
    const auto enter = [&](const char* stage) {
      if (settings.stage) {
        settings.stage(stage);
      }
    };
    enter("volume rendering");
    const std::int64_t resolution = settings.neural_resolution > 0
                                        ? settings.neural_resolution
                                        : model_->generator.config().neural_resolution;
    FeatureImage image = volume_.render(label, resolution, settings.volume, settings.checkpoint);
    enter("background and raw picture");
    return image;
  }

  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const SynthesisSettings& settings) const override {
    const Generator& generator = model_->generator;
    if (generator.config().sr_noise == NoiseMode::Random) {
      return generator.finish(image, background, head_.last_w, settings);
    }
    const at::Tensor feature = generator.composite(image, background);
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
    const NoiseMode mode = model_->generator.config().sr_noise;
    return mode == NoiseMode::Random ? NoiseMode::None : mode;
  }

  std::shared_ptr<const FastModel> model_;
  PreparedHead head_;
  fast::FastVolume volume_;
  fast::FastSuperResolution super_resolution_;
  std::optional<fast::PreparedRgb> raw_;
};

}  // namespace

std::shared_ptr<const FastModel> makeFastModel(const Generator& generator) {
  return fast::FastVolume::applies(generator) ? std::make_shared<FastModel>(generator) : nullptr;
}

std::unique_ptr<HeadRenderer> fastRenderer(const std::shared_ptr<const FastModel>& model,
                                           const PreparedHead& head) {
  return std::make_unique<FastRenderer>(model, head);
}

}  // namespace panohead
