#include "core/training/metrics/mirrored_face.h"

#include "core/tensor/prelude.h"
#include "core/training/metrics/picture_measures.h"

#include <algorithm>

namespace panohead {

namespace {

constexpr double kMiddle = 0.3;  // of the picture's width

at::Tensor middleDisc(const at::Tensor& like) {
  const std::int64_t r = like.size(3);
  const at::Tensor place = (at::arange(r, like.options()) + 0.5) / static_cast<double>(r) - 0.5;
  const at::Tensor squared = place.square().unsqueeze(1) + place.square().unsqueeze(0);
  return (squared < kMiddle * kMiddle).to(like.scalar_type()).view({1, 1, r, r});
}

// Features as large as those of a face; neither shading nor noise.
at::Tensor detailOf(const at::Tensor& y, const at::Tensor& mask) {
  const double r = static_cast<double>(y.size(3));
  return maskedBlur(y, mask, r / 128) - maskedBlur(y, mask, r / 16);
}

}  // namespace

MirrorSimilarity mirrorSimilarity(const FrontAndBack& front, const FrontAndBack& back) {
  const std::int64_t margin = std::max<std::int64_t>(1, back.back.size(3) / 32);
  const at::Tensor both = (at::minimum(front.front_mask.flip(3), back.back_mask) > 0.9).to(at::kFloat);
  const at::Tensor mask = eroded(both, margin);
  // Blurs lean inwards near the edge of their mask, on every head alike: those pixels do not count.
  const at::Tensor weight = eroded(mask, margin) * middleDisc(mask);
  const at::Tensor a = luminance(front.front.flip(3));
  const at::Tensor b = luminance(back.back);
  return {normalisedCorrelation(detailOf(a, mask), detailOf(b, mask), weight),
          normalisedCorrelation(a, b, weight)};
}

MirroredFace mirroredFace(const std::vector<FrontAndBack>& heads) {
  MirroredFace result;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    result.own.push_back(mirrorSimilarity(heads[i], heads[i]));
    if (heads.size() < 2) {
      break;
    }
    MirrorSimilarity sum;
    for (std::size_t j = 0; j < heads.size(); ++j) {
      if (j != i) {
        const MirrorSimilarity one = mirrorSimilarity(heads[j], heads[i]);
        sum.detail += one.detail;
        sum.luminance += one.luminance;
      }
    }
    const double count = static_cast<double>(heads.size() - 1);
    result.others.push_back({sum.detail / count, sum.luminance / count});
  }
  return result;
}

}  // namespace panohead
