#include "core/vision/photo_io.h"

#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/photo_metadata.h"
#include "core/base/webp_image.h"
#include "core/vision/colour_profile.h"
#include "core/vision/heif_photo.h"
#include "core/vision/network_pass.h"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

/// What people drop that is no photo we read; the reader's own "no PNG, JPEG or WebP" would not help them.
void refuseOtherKinds(Bytes bytes, const std::string& name) {
  struct Kind {
    std::string_view start;
    std::size_t offset;
    const char* what;
  };
  static constexpr std::array kKinds{Kind{"GIF8", 0, "a GIF picture or animation"},
                                     Kind{"BM", 0, "a BMP picture"},
                                     Kind{{"II*\0", 4}, 0, "a TIFF picture or a camera's raw file"},
                                     Kind{{"MM\0*", 4}, 0, "a TIFF picture or a camera's raw file"},
                                     Kind{"8BPS", 0, "a Photoshop file"},
                                     Kind{"%PDF", 0, "a PDF document"},
                                     Kind{"ftyp", 4, "a film or a camera's raw file"}};
  for (const Kind& kind : kKinds) {
    if (bytes.size() >= kind.offset + kind.start.size() &&
        std::memcmp(bytes.data() + kind.offset, kind.start.data(), kind.start.size()) == 0) {
      throw ImageError(fmt::format("cannot read the photo '{}': it is {}", name, kind.what),
                       "save one picture of it as JPEG or PNG");
    }
  }
}

/// A JPEG of too many pixels for readImage(), read at a half, a quarter or an eighth by its decoder. Nothing
/// when the file is of sensible size.
std::optional<Image> readGiantJpeg(Bytes bytes, const std::string& name, double& scale) {
  const std::optional<ImageHeader> header = readImageHeader(bytes);
  if (!header || header->format != ImageFormat::kJpeg) {
    return std::nullopt;
  }
  const double pixels = static_cast<double>(header->width) * header->height;
  if (pixels <= static_cast<double>(kMaxPicturePixels)) {
    return std::nullopt;
  }
  if (isCutOffJpeg(bytes)) {
    throw ImageError(fmt::format("cannot read the photo '{}': its end is missing", name),
                     "the file is damaged: copy it again from where it came from");
  }
  constexpr double kMost = static_cast<double>(kMaxPicturePixels) / 2;
  const int reduced = pixels / 4 <= kMost    ? cv::IMREAD_REDUCED_COLOR_2
                      : pixels / 16 <= kMost ? cv::IMREAD_REDUCED_COLOR_4
                                             : cv::IMREAD_REDUCED_COLOR_8;
  const cv::Mat file(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::byte*>(bytes.data()));
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(file, reduced | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {  // says it on standard error, too; the reason is below
  }
  if (bgr.empty()) {
    throw ImageError(fmt::format("cannot read the photo '{}': {} x {} pixels are too many, and it cannot be "
                                 "read at a fraction of its size",
                                 name,
                                 header->width,
                                 header->height),
                     "shrink it with another program");
  }
  scale = static_cast<double>(bgr.cols) / header->width;
  cv::cvtColor(bgr, bgr, cv::COLOR_BGR2RGB);
  return imageOf(bgr);
}

/// Splits transparency off, the colours over white.
void flatten(Photo& photo, Image image) {
  if (image.channels != 4) {
    photo.image = image.channels == 3 ? std::move(image) : withChannels(image, 3);
    return;
  }
  photo.image = Image(image.width, image.height, 3);
  photo.alpha = Image(image.width, image.height, 1);
  bool opaque = true;
  for (std::size_t i = 0; i < photo.alpha.pixels.size(); ++i) {
    const std::uint8_t* in = &image.pixels[4 * i];
    const int alpha = in[3];
    opaque = opaque && alpha == 255;
    photo.alpha.pixels[i] = in[3];
    for (std::size_t c = 0; c < 3; ++c) {
      photo.image.pixels[3 * i + c] =
          static_cast<std::uint8_t>((in[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  if (opaque) {
    photo.alpha = {};
  }
}

void shrink(Photo& photo, int longest_side) {
  const double factor = static_cast<double>(longest_side) / std::max(photo.image.width, photo.image.height);
  if (factor >= 1) {
    return;
  }
  const auto side = [factor](int pixels) {
    return std::max(1, static_cast<int>(std::lround(pixels * factor)));
  };
  const int width = side(photo.image.width);
  const int height = side(photo.image.height);
  photo.image = areaDownsampled(photo.image, width, height);
  if (!photo.alpha.empty()) {
    photo.alpha = areaDownsampled(photo.alpha, width, height);
  }
  photo.scale *= factor;
}

}  // namespace

void PhotoReadOptions::check() const {
  if (longest_side < 64 || longest_side > 65535) {
    throw OptionError(
        fmt::format("a photo's longest side of {} pixels is not between 64 and 65535", longest_side));
  }
}

Photo readPhoto(const std::filesystem::path& path, const PhotoReadOptions& options, JobContext& context) {
  options.check();
  context.checkpoint();
  const std::string name = path.string();
  std::vector<std::byte> bytes = readPictureFile(path);
  if (bytes.empty()) {
    throw ImageError(fmt::format("cannot read the photo '{}': the file is empty", name),
                     "choose another file");
  }
  Photo photo;
  Image image;
  std::vector<std::byte> profile;
  if (isHeif(bytes)) {
    image = decodeHeif(bytes, name, profile);
  } else {
    refuseOtherKinds(bytes, name);
    const int orientation = exifOrientation(bytes);
    profile = iccProfile(bytes);
    if (isAnimation(bytes)) {
      photo.notices.push_back("it is an animation: its first picture was taken");
      if (imageFormatOf(bytes) == ImageFormat::kWebp) {
        bytes = firstOfWebpAnimation(bytes);
      }
    }
    context.checkpoint();
    if (std::optional<Image> giant = readGiantJpeg(bytes, name, photo.scale)) {
      image = std::move(*giant);
    } else {
      image = decodeImage(bytes, name);
    }
    image = oriented(std::move(image), orientation);
  }
  context.checkpoint();
  if (std::string notice = convertToSrgb(image, profile); !notice.empty()) {
    photo.notices.push_back(std::move(notice));
  }
  flatten(photo, std::move(image));
  shrink(photo, options.longest_side);
  if (photo.scale < 1) {
    photo.notices.push_back(
        fmt::format("the photo is very large: it was read at {:.0f} % of its size ({} x {} pixels)",
                    100 * photo.scale,
                    photo.image.width,
                    photo.image.height));
  }
  return photo;
}

}  // namespace panohead
