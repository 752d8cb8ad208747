#include "core/avatar/background_plate.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"

#include <algorithm>

namespace panohead {
namespace {

constexpr int kPerson = 16;  // of 255: more in the mask is the person
constexpr int kMargin = 48;  // the person's rim is this part of the picture's side wide: hair, shadows

/// Pixels of the person become transparent, and those near them.
Image cutOut(const Image& photo, const Image& mask) {
  const int reach = std::max(2, photo.width / kMargin);
  Image wide(mask.width, mask.height, 1);  // rows first, then columns
  const auto spread = [reach](int length, auto get, auto set) {
    int last = -reach - 1;  // person that was seen
    for (int i = 0; i < length + reach; ++i) {
      if (i < length && get(i)) {
        last = i;
      }
      const int centre = i - reach;
      if (centre >= 0 && last >= centre - reach) {
        set(centre);
      }
    }
  };
  for (int y = 0; y < mask.height; ++y) {
    spread(mask.width, [&](int x) { return mask.row(y)[x] > kPerson; }, [&](int x) { wide.row(y)[x] = 255; });
  }
  Image rgba = withChannels(photo, 4);
  for (int x = 0; x < mask.width; ++x) {
    spread(
        mask.height, [&](int y) { return wide.row(y)[x] > 0; }, [&](int y) { rgba.row(y)[4 * x + 3] = 0; });
  }
  return rgba;
}

bool isOpaque(const Image& rgba) {
  for (std::size_t i = 3; i < rgba.pixels.size(); i += 4) {
    if (rgba.pixels[i] < 255) {
      return false;
    }
  }
  return true;
}

Image filled(const Image& rgba) {
  if (isOpaque(rgba) || (rgba.width == 1 && rgba.height == 1)) {
    return withChannels(rgba, 3);
  }
  Image smaller = resized(rgba, std::max(1, rgba.width / 2), std::max(1, rgba.height / 2));
  for (std::size_t i = 3; i < smaller.pixels.size(); i += 4) {
    smaller.pixels[i] =
        static_cast<std::uint8_t>(std::min(255, 4 * smaller.pixels[i]));  // a quarter is enough
  }
  Image result = resized(filled(smaller), rgba.width, rgba.height);
  const std::size_t count = rgba.pixels.size() / 4;
  for (std::size_t i = 0; i < count; ++i) {
    const int alpha = rgba.pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t& value = result.pixels[3 * i + c];
      value = static_cast<std::uint8_t>((rgba.pixels[4 * i + c] * alpha + value * (255 - alpha) + 127) / 255);
    }
  }
  return result;
}

}  // namespace

Image backgroundPlate(const Image& photo, const Image& mask) {
  if (mask.empty()) {
    return photo;
  }
  if (photo.channels != 3 || mask.channels != 1 || photo.width != mask.width || photo.height != mask.height) {
    throw OptionError("a photo and its mask do not have the same size", "mask the photo again");
  }
  return filled(cutOut(photo, mask));
}

}  // namespace panohead
