#include "core/training/warmup/picture_bank.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead {

namespace {

std::vector<std::uint8_t> interleaved(const LoadedItem& item) {
  const std::size_t pixels =
      static_cast<std::size_t>(item.picture.width) * static_cast<std::size_t>(item.picture.height);
  std::vector<std::uint8_t> result(pixels * 4);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      result[4 * i + channel] = item.picture.pixels[3 * i + channel];
    }
    result[4 * i + 3] = item.mask.pixels[i];
  }
  return result;
}

std::vector<std::uint8_t> averaged(const std::vector<std::uint8_t>& large, int resolution, int small) {
  const auto factor = static_cast<std::size_t>(resolution / small);
  const auto width = static_cast<std::size_t>(resolution);
  const auto size = static_cast<std::size_t>(small);
  const std::size_t area = factor * factor;
  std::vector<std::uint8_t> result(size * size * 4);
  for (std::size_t y = 0; y < size; ++y) {
    for (std::size_t x = 0; x < size; ++x) {
      for (std::size_t channel = 0; channel < 4; ++channel) {
        std::size_t sum = area / 2;
        for (std::size_t j = 0; j < factor; ++j) {
          for (std::size_t i = 0; i < factor; ++i) {
            sum += large[((y * factor + j) * width + x * factor + i) * 4 + channel];
          }
        }
        result[(y * size + x) * 4 + channel] = static_cast<std::uint8_t>(sum / area);
      }
    }
  }
  return result;
}

}  // namespace

PictureBank::PictureBank(PeoplePictures people, int small_resolution, std::int64_t megabytes)
    : people_(std::move(people)),
      small_(small_resolution),
      bytes_most_(megabytes << 20),
      bytes_left_(bytes_most_) {
  if (small_ <= 0 || people_.resolution % small_ != 0) {
    throw DatasetError(
        fmt::format("pictures of {} pixels do not divide into {}", people_.resolution, small_));
  }
  kept_.resize(people_.labels.size());
}

std::int64_t PictureBank::bytesWhenFull() const noexcept {
  const auto pixels = [](std::int64_t side) { return side * side; };
  const auto count = static_cast<std::int64_t>(kept_.size());
  return std::min(bytes_most_, count * 4 * (pixels(people_.resolution) + pixels(small_)));
}

std::shared_ptr<const MaskedPicture> PictureBank::get(std::uint32_t index) {
  if (kept_[index]) {
    return kept_[index];
  }
  if (broken_.contains(index)) {
    return nullptr;
  }
  auto picture = std::make_shared<MaskedPicture>();
  try {
    picture->large = interleaved(people_.load(index));
  } catch (const ImageError& error) {
    broken_.insert(index);
    failures_.emplace_back(error.what());
    return nullptr;
  }
  picture->small = averaged(picture->large, people_.resolution, small_);
  const auto bytes = static_cast<std::int64_t>(picture->large.size() + picture->small.size());
  if (bytes <= bytes_left_) {
    bytes_left_ -= bytes;
    kept_[index] = picture;
  }
  return picture;
}

}  // namespace panohead
