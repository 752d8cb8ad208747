#include "core/inversion/fit_losses.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "core/training/warmup/reconstruction_loss.h"

namespace panohead {

namespace {

constexpr double kSoftness = 0.02;  // of the absolute value of colours, in [-1, 1]
constexpr std::int64_t kVggSide = 256;

at::Tensor weightedAbsolute(const at::Tensor& error, const at::Tensor& weight) {
  return (charbonnier(error, kSoftness) * weight).mean();
}

/// VGG16 looks at 256 px; smaller pictures stay as they are.
at::Tensor forVgg(const at::Tensor& picture) {
  return picture.size(2) > kVggSide ? nn::resizeArea(picture, kVggSide, kVggSide) : picture;
}

/// As LPIPS compares (Zhang et al. 2018): every pixel's feature scaled to length one.
at::Tensor unit(const at::Tensor& features) {
  return features * (features.square().sum({1}, true) + 1e-8).rsqrt();
}

}  // namespace

void FitLoss::add(const std::string& name, double weight, const at::Tensor& value) {
  if (weight <= 0) {
    return;
  }
  const at::Tensor share = value * weight;
  sum = sum.defined() ? sum + share : share;
  const auto [place, is_new] = parts.try_emplace(name, value.detach());
  if (!is_new) {
    place->second = place->second + value.detach();
  }
}

PhotoLoss::PhotoLoss(const FitOptions& options,
                     PhotoTarget target,
                     const Discriminator* discriminator,
                     const VggDistance* vgg,
                     at::ScalarType discriminator_type)
    : options_(options),
      target_(std::move(target)),
      discriminator_(options.discriminator > 0 ? discriminator : nullptr),
      vgg_(options.vgg > 0 ? vgg : nullptr),
      type_(discriminator_type) {
  const at::NoGradGuard no_grad;
  if (discriminator_ != nullptr && target_.mask_raw.defined()) {
    for (const at::Tensor& map : discriminator_->featurePyramid(
             {target_.image, target_.image_raw, target_.mask_raw}, {.dtype = type_})) {
      features_.push_back(unit(map));
    }
  }
  if (vgg_ != nullptr) {
    vgg_features_ = {(*vgg_)(forVgg(target_.image))};
  }
}

at::Tensor PhotoLoss::discriminatorDistance(const SynthesisOutput& drawn,
                                            const at::Tensor& image,
                                            const at::Tensor& raw) const {
  std::vector<at::Tensor> wanted = features_;
  const bool masked = target_.mask_raw.defined();
  if (!masked) {  // the drawn mask stands in for the photo's
    const at::NoGradGuard no_grad;
    const at::Tensor mask = drawn.mask.detach();
    for (const at::Tensor& map :
         discriminator_->featurePyramid({target_.image, target_.image_raw, mask}, {.dtype = type_})) {
      wanted.push_back(unit(map));
    }
  }
  const std::vector<at::Tensor> maps = discriminator_->featurePyramid(
      {image, raw, masked ? drawn.mask : drawn.mask.detach()}, {.dtype = type_});
  at::Tensor total;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const at::Tensor distance = (unit(maps[i]) - wanted[i]).square().sum({1}).mean();
    total = total.defined() ? total + distance : distance;
  }
  return total / static_cast<double>(maps.size());
}

FitLoss PhotoLoss::operator()(const SynthesisOutput& drawn) const {
  FitLoss loss;
  const FitOptions& o = options_;
  const at::Tensor raw = drawn.image_raw - target_.image_raw;
  const bool whole = drawn.image.defined();
  const at::Tensor error = whole ? drawn.image - target_.image : at::Tensor();
  if (o.pixel > 0) {
    const at::Tensor of_raw = weightedAbsolute(raw, target_.weight_raw);
    loss.add("pixel", o.pixel, whole ? (of_raw + weightedAbsolute(error, target_.weight)) * 0.5 : of_raw);
  }
  if (o.detail > 0) {
    const at::Tensor of_raw = detailLoss(raw * target_.weight_raw);
    loss.add("detail", o.detail, whole ? (of_raw + detailLoss(error * target_.weight)) * 0.5 : of_raw);
  }
  if (o.mask > 0 && target_.mask_raw.defined()) {
    loss.add("mask", o.mask, charbonnier(drawn.mask - target_.mask_raw, kSoftness).mean());
  }
  if (whole) {
    // Where the photo stays behind the head, it is what will be seen there, and is right.
    const bool photo_stays = o.background == "photo" && target_.mask.defined();
    const at::Tensor seen = photo_stays ? target_.image + error * target_.mask : drawn.image;
    if (o.mse > 0) {
      loss.add("mse", o.mse, (seen - target_.image).square().mean());
    }
    if (vgg_ != nullptr) {
      const at::Tensor features = (*vgg_)(forVgg(seen));
      loss.add("vgg", o.vgg, (features - vgg_features_.front()).square().sum());
    }
    if (discriminator_ != nullptr) {
      const at::Tensor seen_raw = photo_stays && target_.mask_raw.defined()
                                      ? target_.image_raw + raw * target_.mask_raw
                                      : drawn.image_raw;
      loss.add("discriminator", o.discriminator, discriminatorDistance(drawn, seen, seen_raw));
    }
  }
  return loss;
}

}  // namespace panohead
