#include "core/vision/photo_crop.h"

#include "core/base/error.h"
#include "core/vision/network_pass.h"
#include "core/vision/region.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <cmath>

namespace panohead {

Image cropSquare(const Image& photo, const AlignedSquare& square, int pixels) {
  const bool near = std::abs(square.x) < 1e6 && std::abs(square.y) < 1e6;  // false where they are no numbers
  if (photo.empty() || !(square.side > 0 && square.side < 1e6) || !near || pixels < 1 || pixels > 8192) {
    throw OptionError(fmt::format("a square of {} pixels cannot be cut to {} pixels", square.side, pixels),
                      "choose a square around the head and a size of 1 to 8192 pixels");
  }
  // Twice as fine, then the mean of four: `cut` alone reads up to two pixels apart.
  const int fine = square.side > pixels ? 2 * pixels : pixels;
  cv::Mat crop = cut(viewOf(photo), regionOf(square), fine, Border::Repeated).picture;
  if (fine > pixels) {
    cv::resize(crop, crop, {pixels, pixels}, 0, 0, cv::INTER_AREA);
  }
  return imageOf(crop);
}

}  // namespace panohead
