#pragma once

#include "core/base/image.h"

#include <filesystem>
#include <memory>

namespace panohead {

/// A picture to put behind a head: RGB or RGBA, shrunk where a side is longer than any frame needs.
/// Throws ImageError.
std::shared_ptr<const Image> readBackdrop(const std::filesystem::path& path);

}  // namespace panohead
