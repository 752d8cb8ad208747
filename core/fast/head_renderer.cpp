#include "core/fast/head_renderer.h"

#include "core/fast/mask_edge.h"
#include "core/tensor/prelude.h"

namespace panohead {

namespace {

class SpecificationRenderer final : public HeadRenderer {
 public:
  SpecificationRenderer(const Generator& generator, const PreparedHead& head)
      : generator_(generator), head_(head) {}

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    return generator_.renderFeature(head_.planes, label, settings);
  }
  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const SynthesisSettings& settings) const override {
    return generator_.finish(image, background, head_.last_w, settings);
  }

 private:
  const Generator& generator_;
  PreparedHead head_;
};

HeadPicture toHeadPicture(const SynthesisOutput& output) {
  HeadPicture picture;
  picture.raw = output.image_raw;
  picture.picture = output.image.defined() ? output.image : output.image_raw;
  picture.depth = output.depth;
  picture.mask = output.mask;
  return picture;
}

}  // namespace

SynthesisOutput HeadRenderer::draw(const at::Tensor& label,
                                   const at::Tensor& background,
                                   const SynthesisSettings& settings) const {
  return finish(renderFeature(label, settings), background, settings);
}

SynthesisOutput HeadRenderer::drawAlone(const at::Tensor& label, const SynthesisSettings& settings) const {
  return finish(withoutWeight(renderFeature(label, settings)), {}, settings);
}

FeatureImage withoutWeight(const FeatureImage& image) {
  // Below this weight a pixel is all but invisible, and its colour mostly rounding.
  constexpr double kFaint = 0.05;
  return {image.feature / image.weight_sum.clamp_min(kFaint), image.depth, image.weight_sum};
}

std::unique_ptr<HeadRenderer> specificationRenderer(const Generator& generator, const PreparedHead& head) {
  return std::make_unique<SpecificationRenderer>(generator, head);
}

HeadPicture drawHead(const HeadRenderer& renderer,
                     const at::Tensor& background,
                     const at::Tensor& label,
                     const SynthesisSettings& settings) {
  return toHeadPicture(renderer.draw(label, background, settings));
}

HeadPicture drawCutOut(const HeadRenderer& renderer,
                       const at::Tensor& label,
                       const SynthesisSettings& settings) {
  HeadPicture picture = toHeadPicture(renderer.drawAlone(label, settings));
  picture.alpha = alphaOfMask(picture.mask, picture.picture.size(2), picture.picture.size(3));
  return picture;
}

}  // namespace panohead
