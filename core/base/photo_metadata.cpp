#include "core/base/photo_metadata.h"

#include "core/base/decoder_limit.h"
#include "core/base/image_header.h"

#define STBI_NO_STDIO
#include <stb_image.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMostProfileBytes = std::size_t{1} << 24;

std::uint32_t number(Bytes bytes, std::size_t offset, int count, bool little) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(little ? count - 1 - i : i);
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[offset + at]);
  }
  return value;
}

bool startsWith(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// Hears a part's name ("APP1" as the character 0xE1, PNG's and WebP's four letters) and its bytes; false
/// ends the walk.
using Visit = std::function<bool(std::string_view, Bytes)>;

/// Marker segments up to the first scan (ITU T.81, annex B).
void walkJpeg(Bytes bytes, const Visit& visit) {
  std::size_t position = 2;
  while (position + 4 <= bytes.size() && number(bytes, position, 1, false) == 0xFF) {
    const std::uint32_t marker = number(bytes, position + 1, 1, false);
    if (marker == 0xFF) {  // padding
      ++position;
      continue;
    }
    const std::size_t length = number(bytes, position + 2, 2, false);
    if (marker == 0xDA || length < 2 || position + 2 + length > bytes.size()) {
      return;
    }
    const char name = static_cast<char>(marker);
    if (!visit({&name, 1}, bytes.subspan(position + 4, length - 2))) {
      return;
    }
    position += 2 + length;
  }
}

/// Chunks of PNG (length, name, bytes, checksum) or of RIFF (name, length, bytes, padding).
void walkChunks(Bytes bytes, std::size_t position, bool png, const Visit& visit) {
  while (position + 8 <= bytes.size()) {
    const std::size_t length = number(bytes, position + (png ? 0 : 4), 4, !png);
    const auto* name = reinterpret_cast<const char*>(bytes.data()) + position + (png ? 4 : 0);
    if (length > bytes.size() - position - 8 || !visit({name, 4}, bytes.subspan(position + 8, length))) {
      return;
    }
    position += 8 + length + (png ? 4 : length % 2);
  }
}

void walk(Bytes bytes, const Visit& visit) {
  switch (imageFormatOf(bytes).value_or(ImageFormat::kPng)) {
    case ImageFormat::kJpeg:
      return walkJpeg(bytes, visit);
    case ImageFormat::kWebp:
      return walkChunks(bytes, 12, false, visit);
    case ImageFormat::kPng:
      return walkChunks(bytes, 8, true, visit);
  }
}

constexpr std::string_view kExifHeader("Exif\0\0", 6);

/// A TIFF block: its first directory is searched for the orientation.
int orientationIn(Bytes tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  if (startsWith(tiff, kExifHeader)) {
    tiff = tiff.subspan(kExifHeader.size());
  }
  if (tiff.size() < 8 || !(startsWith(tiff, "II") || startsWith(tiff, "MM"))) {
    return 1;
  }
  const bool little = startsWith(tiff, "II");
  const std::size_t directory = number(tiff, 4, 4, little);
  if (directory > tiff.size() - 2) {
    return 1;
  }
  const std::uint32_t entries = number(tiff, directory, 2, little);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) {
      return 1;
    }
    if (number(tiff, entry, 2, little) == kOrientation) {
      const std::uint32_t value = number(tiff, entry + 8, 2, little);
      return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
  }
  return 1;
}

/// PNG's profile: its name, a zero, the method (0), then a zlib stream.
std::vector<std::byte> inflatedProfile(Bytes chunk) {
  const auto end = std::ranges::find(chunk, std::byte{0});
  const auto start = static_cast<std::size_t>(end - chunk.begin()) + 2;
  if (start >= chunk.size()) {
    return {};
  }
  const DecoderLimit limit(kMostProfileBytes);
  int length = 0;
  const std::unique_ptr<char, void (*)(void*)> inflated(
      stbi_zlib_decode_malloc(reinterpret_cast<const char*>(chunk.data() + start),
                              static_cast<int>(chunk.size() - start),
                              &length),
      std::free);
  if (!inflated) {
    return {};
  }
  const auto* first = reinterpret_cast<const std::byte*>(inflated.get());
  return {first, first + length};
}

}  // namespace

int exifOrientation(std::span<const std::byte> bytes) {
  int orientation = 1;
  walk(bytes, [&](std::string_view name, Bytes part) {
    const bool found = name == "eXIf" || name == "EXIF" || (name == "\xE1" && startsWith(part, kExifHeader));
    if (found) {
      orientation = orientationIn(part);
    }
    return !found && name != "IDAT";
  });
  return orientation;
}

std::vector<std::byte> iccProfile(std::span<const std::byte> bytes) {
  constexpr std::string_view kHeader("ICC_PROFILE\0", 12);  // of JPEG's parts; then number and count
  std::vector<std::byte> profile;
  std::map<std::uint32_t, Bytes> parts;
  walk(bytes, [&](std::string_view name, Bytes part) {
    if (name == "iCCP") {
      profile = inflatedProfile(part);
    } else if (name == "ICCP") {
      profile.assign(part.begin(), part.end());
    } else if (name == "\xE2" && startsWith(part, kHeader) && part.size() > kHeader.size() + 2) {
      parts.emplace(number(part, kHeader.size(), 1, false), part.subspan(kHeader.size() + 2));
    }
    return profile.empty() && name != "IDAT";
  });
  for (const auto& [index, part] : parts) {
    profile.insert(profile.end(), part.begin(), part.end());
  }
  return profile;
}

bool isAnimation(std::span<const std::byte> bytes) {
  bool animated = false;
  walk(bytes, [&](std::string_view name, Bytes part) {
    constexpr std::uint32_t kAnimation = 2;  // flag of the extended header (RFC 9649)
    animated =
        name == "acTL" || (name == "VP8X" && !part.empty() && (number(part, 0, 1, true) & kAnimation) != 0);
    return !animated && name != "IDAT";
  });
  return animated;
}

}  // namespace panohead
