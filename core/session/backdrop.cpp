#include "core/session/backdrop.h"

#include "core/base/image_io.h"
#include "core/base/image_ops.h"

#include <algorithm>
#include <cmath>

namespace panohead {

std::shared_ptr<const Image> readBackdrop(const std::filesystem::path& path) {
  constexpr int kLongest = 2048;  // pixels: four times the largest published picture
  Image image = readUprightImage(path);
  if (image.channels < 3) {
    image = withChannels(image, 3);
  }
  const double scale = static_cast<double>(kLongest) / std::max(image.width, image.height);
  if (scale < 1) {
    const auto side = [scale](int pixels) {
      return std::max(1, static_cast<int>(std::lround(pixels * scale)));
    };
    image = areaDownsampled(image, side(image.width), side(image.height));
  }
  return std::make_shared<const Image>(std::move(image));
}

}  // namespace panohead
