#include "core/vision/photo_io.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {

void PhotoReadOptions::check() const {
  if (longest_side < 64 || longest_side > 65535) {
    throw OptionError(
        fmt::format("a photo's longest side of {} pixels is not between 64 and 65535", longest_side));
  }
}

Photo readPhoto(const std::filesystem::path& path, const PhotoReadOptions& options, JobContext& context) {
  options.check();
  context.checkpoint();
  Photo photo;
  photo.image = withChannels(readImage(path), 3);
  return photo;
}

}  // namespace panohead
