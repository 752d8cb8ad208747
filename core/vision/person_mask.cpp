#include "core/vision/person_mask.h"

#include "core/base/error.h"
#include "core/vision/mask_refinement.h"
#include "core/vision/matting_network.h"
#include "core/vision/selfie_mask.h"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>

namespace panohead {
namespace {

constexpr double kEmpty = 0.005;  // coverage
constexpr double kFull = 0.98;

cv::Mat asProbability(const Image& raw) {
  cv::Mat mask;
  viewOf(raw).convertTo(mask, CV_32F, 1.0 / 255);
  return mask;
}

Image asImage(const cv::Mat& mask) {
  cv::Mat bytes;
  mask.convertTo(bytes, CV_8U, 255);
  return imageOf(bytes);
}

}  // namespace

void MaskOptions::check() const {
  const auto require = [](bool good, const char* what) {
    if (!good) {
      throw OptionError(what);
    }
  };
  require(least_agreement >= 0 && least_agreement <= 1, "the least agreement of masks lies between 0 and 1");
  require(feather >= 0 && feather <= 16, "the softness of a mask's edge lies between 0 and 16 pixels");
  require(network_side == 0 || (network_side >= 32 && network_side <= 4096),
          "the side of a matting network's input is 0 (as its file says) or lies between 32 and 4096");
  for (const MaskStroke& stroke : strokes) {
    require(stroke.radius > 0 && stroke.radius < 1e5, "the radius of a stroke is larger than 0");
    for (const auto& [x, y] : stroke.points) {
      require(std::isfinite(x) && std::isfinite(y), "the points of a stroke are numbers");
    }
  }
}

Image rawPersonMask(VisionNetworks& networks,
                    const Image& picture,
                    const MaskOptions& options,
                    JobContext& context) {
  options.check();
  if (picture.empty()) {
    throw ImageError("the picture is empty", "choose another file");
  }
  context.checkpoint();
  const cv::Mat rgb = rgbOf(picture);
  return asImage(options.network.empty() ? selfieMask(networks, rgb)
                                         : mattingMask(networks, options.network, options.network_side, rgb));
}

PersonMask refinePersonMask(const Image& picture,
                            const Image& raw,
                            const MaskOptions& options,
                            JobContext& context) {
  options.check();
  if (picture.empty() || raw.channels != 1 || raw.width != picture.width || raw.height != picture.height) {
    throw ImageError("the mask is not of the picture's size", "make it from the same picture");
  }
  PersonMask result;
  const cv::Mat rgb = rgbOf(picture);
  const cv::Mat mask = asProbability(raw);
  const auto covered = [](const cv::Mat& m) {
    return cv::countNonZero(m > 0.5) / static_cast<double>(m.total());
  };
  const bool raw_empty = covered(mask) < kEmpty;
  cv::Mat refined = mask;
  const bool unasked = options.strokes.empty();
  if (!unasked || (options.refine && !raw_empty)) {
    refined = refineMask(rgb, raw_empty ? headEllipse(mask.size()) : mask, options, context);
    result.agreement = overlapOf(mask, refined);
  }
  result.raw_kept = unasked && (raw_empty || result.agreement < options.least_agreement);
  if (result.raw_kept) {
    refined = mask;
  }
  result.alpha = asImage(refined);
  result.coverage = covered(refined);
  if (result.coverage < kEmpty) {
    result.notices.push_back("the mask is empty: paint over the person, and the rest is found from there");
  } else if (result.coverage > kFull) {
    result.notices.push_back("the mask covers everything: paint over what is background");
  }
  if (result.raw_kept && !raw_empty) {
    result.notices.push_back(
        fmt::format("the edge could not be refined (the two masks share {:.0f} %): the network's is kept; "
                    "strokes correct it",
                    100 * result.agreement));
  }
  return result;
}

PersonMask makePersonMask(VisionNetworks& networks,
                          const Image& picture,
                          const MaskOptions& options,
                          JobContext& context) {
  return refinePersonMask(picture, rawPersonMask(networks, picture, options, context), options, context);
}

}  // namespace panohead
