#pragma once

#include "core/base/image.h"
#include "core/jobs/job.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// A photo ready to be looked at: upright, 8 bit, sRGB.
struct Photo {
  Image image;                       // RGB; what is transparent lies over white
  Image alpha;                       // 1 channel, of the same size; empty when the file has no transparency
  double scale = 1;                  // pixels of `image` per pixel of the (upright) file
  std::vector<std::string> notices;  // what was done to it that the user may want to know
};

struct PhotoReadOptions {
  int longest_side = 8192;  // pixels, 64 .. 65535; larger photos are shrunk
  void check() const;       // throws OptionError
};

/// Reads a photo: JPEG, PNG (also 16 bit), WebP, and HEIC or AVIF in builds with libheif; the content
/// decides, not the name. EXIF orientation is applied, an ICC profile turned into sRGB (builds with Little
/// CMS), grey made RGB, of an animation the first picture taken. JPEGs of more pixels than readImage() takes
/// are read at a fraction of their size. Throws ImageError naming the file: missing, cut off, of another
/// kind, too large; Cancelled.
Photo readPhoto(const std::filesystem::path& path, const PhotoReadOptions& options, JobContext& context);

}  // namespace panohead
