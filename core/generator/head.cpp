#include "core/generator/head.h"

#include "core/tensor/prelude.h"

namespace panohead {

namespace {

HeadPicture toHeadPicture(const SynthesisOutput& output) {
  HeadPicture picture;
  picture.raw = output.image_raw;
  picture.picture = output.image.defined() ? output.image : output.image_raw;
  picture.depth = output.depth;
  picture.mask = output.mask;
  return picture;
}

}  // namespace

HeadPicture drawHead(const Generator& generator,
                     const PreparedHead& head,
                     const at::Tensor& label,
                     const SynthesisSettings& settings) {
  return toHeadPicture(generator.draw(head.planes, head.background, head.last_w, label, settings));
}

HeadPicture drawCutOut(const Generator& generator,
                       const PreparedHead& head,
                       const at::Tensor& label,
                       const SynthesisSettings& settings) {
  // Below this weight a pixel is all but invisible, and its colour mostly rounding.
  constexpr double kFaint = 0.05;
  FeatureImage image = generator.renderFeature(head.planes, label, settings);
  image.feature = image.feature / image.weight_sum.clamp_min(kFaint);
  HeadPicture picture = toHeadPicture(generator.finish(image, {}, head.last_w, settings));
  picture.alpha =
      nn::resizeBilinear(picture.mask, picture.picture.size(2), picture.picture.size(3), false).clamp(0, 1);
  return picture;
}

}  // namespace panohead
