#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Largest picture that is read: more pixels than any camera's, few enough to fit in memory.
inline constexpr std::size_t kMaxPicturePixels = std::size_t{1} << 27;

/// Reads a PNG (8 or 16 bit, grey, palette, alpha), JPEG or WebP as 8 bit: 1, 3 or 4 channels; grey with
/// alpha becomes RGBA. Sizes are checked before anything is unpacked. WebP needs a build with libwebp.
/// Throws ImageError naming the file: missing, damaged, cut off, of another kind, too large.
Image readImage(const std::filesystem::path& path);

/// The same, turned as the file's EXIF orientation says: what viewers of photos show. (Pictures of data sets
/// are taken as they lie in the file, as the published loader does.)
Image readUprightImage(const std::filesystem::path& path);

/// The bytes of a picture file of whatever kind, at most 512 MB. Throws ImageError.
std::vector<std::byte> readPictureFile(const std::filesystem::path& path);

/// As readImage() for the bytes of such a file; `name` stands for it in errors. May be called from many
/// threads.
Image decodeImage(std::span<const std::byte> bytes, const std::string& name);

/// PNG bytes of a picture with 1, 3 or 4 channels. Equal pictures give equal bytes.
std::vector<std::byte> encodePng(const Image& image);

/// Baseline JPEG bytes of a picture with 1, 3 or 4 channels (alpha is left out); `quality` 1 .. 100. Colour
/// is kept at full resolution above quality 90. Equal pictures give equal bytes.
std::vector<std::byte> encodeJpeg(const Image& image, int quality);

/// Writes a PNG; it appears under its name whole or not at all. Throws SaveError.
void writePng(const std::filesystem::path& path, const Image& image);

}  // namespace panohead
