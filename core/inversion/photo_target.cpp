#include "core/inversion/photo_target.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

constexpr int kLeastSide = 32;  // pixels
constexpr double kNothingElse = 0.995;

void checkPhoto(const FitPhoto& photo, const std::string& name) {
  const Image& picture = photo.picture;
  if (picture.empty() || picture.width != picture.height) {
    throw ImageError(
        fmt::format(
            "{}: a square picture is needed, this one is {} x {}", name, picture.width, picture.height),
        "align it first");
  }
  if (picture.width < kLeastSide) {
    throw ImageError(
        fmt::format("{}: {} pixels are too few to tell a person by", name, picture.width),
        fmt::format("the aligned square must have at least {} on a side; use a larger photo", kLeastSide));
  }
  const Image& mask = photo.mask;
  if (!mask.empty() && (mask.width != picture.width || mask.height != picture.height || mask.channels != 1)) {
    throw ImageError(fmt::format("{}: the mask has {} x {} pixels and {} channels, the picture {} x {}",
                                 name,
                                 mask.width,
                                 mask.height,
                                 mask.channels,
                                 picture.width,
                                 picture.height),
                     "give one channel of the picture's size");
  }
  if (!mask.empty() && meanLevel(mask) < kLeastPerson) {
    throw ImageError(fmt::format("{}: its mask shows no person", name), "draw the mask, or leave it out");
  }
  for (const float number : photo.camera) {
    if (!std::isfinite(number)) {
      throw ImageError(fmt::format("{}: its camera is no camera", name), "align it again");
    }
  }
}

Image ofSize(const Image& image, int side) {
  if (image.width == side) {
    return image;
  }
  return image.width > side ? areaDownsampled(image, side, side) : resized(image, side, side);
}

}  // namespace

at::Tensor imageTensor(const Image& image) {
  return at::from_blob(const_cast<std::uint8_t*>(image.pixels.data()),
                       {1, image.height, image.width, image.channels},
                       at::kByte)
             .permute({0, 3, 1, 2})
             .to(at::kFloat)
             .contiguous() /
         255.0;
}

Image tensorImage(const at::Tensor& picture) {
  const at::Tensor bytes =
      (picture.detach()[0] * 127.5 + 128).clamp(0, 255).to(at::kByte).permute({1, 2, 0}).cpu().contiguous();
  Image image(
      static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(2)));
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

void checkPhotos(const std::vector<FitPhoto>& photos) {
  if (photos.empty()) {
    throw ImageError("there is no photo to fit", "give at least one");
  }
  for (std::size_t i = 0; i < photos.size(); ++i) {
    checkPhoto(photos[i], photos.size() == 1 ? "the photo" : fmt::format("photo {}", i + 1));
  }
}

PhotoTarget photoTarget(const FitPhoto& photo,
                        std::int64_t resolution,
                        std::int64_t raw_resolution,
                        double outside) {
  const int side = static_cast<int>(resolution);
  PhotoTarget target;
  target.image = imageTensor(ofSize(withChannels(photo.picture, 3), side)) * 2.0 - 1.0;
  target.image_raw = nn::resizeArea(target.image, raw_resolution, raw_resolution);
  target.weight = at::ones({1, 1, resolution, resolution}, at::kFloat);
  if (!photo.mask.empty()) {
    const at::Tensor mask = imageTensor(ofSize(photo.mask, side));
    if (mask.mean().item<double>() < kNothingElse) {
      target.mask = mask;
      target.mask_raw = nn::resizeArea(mask, raw_resolution, raw_resolution);
      target.weight = mask + (1.0 - mask) * outside;
      target.weight = target.weight / target.weight.mean();
    }
  }
  target.weight_raw = nn::resizeArea(target.weight, raw_resolution, raw_resolution);
  return target;
}

}  // namespace panohead
