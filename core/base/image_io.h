#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace panohead {

/// Largest picture that is read: more pixels than any camera's, few enough to fit in memory.
inline constexpr std::size_t kMaxPicturePixels = std::size_t{1} << 27;

/// Reads a PNG (8 or 16 bit, grey, palette, alpha) or JPEG as 8 bit: 1, 3 or 4 channels; grey with
/// alpha becomes RGBA. Sizes are checked before anything is unpacked.
/// Throws ImageError naming the file: missing, damaged, cut off, of another kind, too large.
Image readImage(const std::filesystem::path& path);

/// PNG bytes of a picture with 1, 3 or 4 channels. Equal pictures give equal bytes.
std::vector<std::byte> encodePng(const Image& image);

/// Writes a PNG; it appears under its name whole or not at all. Throws SaveError.
void writePng(const std::filesystem::path& path, const Image& image);

}  // namespace panohead
