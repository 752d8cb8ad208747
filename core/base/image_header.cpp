#include "core/base/image_header.h"

#include "core/base/crc32.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

bool hasTextAt(Bytes bytes, std::size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::memcmp(bytes.data() + offset, text.data(), text.size()) == 0;
}

std::uint32_t byteAt(Bytes bytes, std::size_t offset) {
  return std::to_integer<std::uint32_t>(bytes[offset]);
}

std::uint32_t bigEndian(Bytes bytes, std::size_t offset, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    value = value << 8 | byteAt(bytes, offset + static_cast<std::size_t>(i));
  }
  return value;
}

std::uint32_t littleEndian(Bytes bytes, std::size_t offset, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | byteAt(bytes, offset + static_cast<std::size_t>(i));
  }
  return value;
}

std::optional<ImageHeader> makeHeader(ImageFormat format, std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) {
    return std::nullopt;
  }
  return ImageHeader{format, static_cast<int>(width), static_cast<int>(height)};
}

std::optional<ImageHeader> pngHeader(Bytes bytes) {
  if (!hasTextAt(bytes, 12, "IHDR") || bytes.size() < 24) {
    return std::nullopt;
  }
  return makeHeader(ImageFormat::kPng, bigEndian(bytes, 16, 4), bigEndian(bytes, 20, 4));
}

/// Walks the marker segments to the start of frame (ITU T.81, annex B).
std::optional<ImageHeader> jpegHeader(Bytes bytes) {
  std::size_t position = 2;
  while (position + 9 <= bytes.size() && byteAt(bytes, position) == 0xFF) {
    const std::uint32_t marker = byteAt(bytes, position + 1);
    if (marker == 0xFF) {  // padding
      ++position;
      continue;
    }
    // C4, C8 and CC lie among the start-of-frame markers but are tables.
    if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
      return makeHeader(
          ImageFormat::kJpeg, bigEndian(bytes, position + 7, 2), bigEndian(bytes, position + 5, 2));
    }
    position += 2 + std::size_t{bigEndian(bytes, position + 2, 2)};
  }
  return std::nullopt;
}

/// The three kinds of first chunk: lossy, lossless, extended (RFC 9649).
std::optional<ImageHeader> webpHeader(Bytes bytes) {
  if (bytes.size() < 30) {
    return std::nullopt;
  }
  if (hasTextAt(bytes, 12, "VP8X")) {
    return makeHeader(ImageFormat::kWebp, littleEndian(bytes, 24, 3) + 1, littleEndian(bytes, 27, 3) + 1);
  }
  if (hasTextAt(bytes, 12, "VP8L")) {
    const std::uint32_t bits = littleEndian(bytes, 21, 4);
    return makeHeader(ImageFormat::kWebp, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  if (hasTextAt(bytes, 12, "VP8 ")) {
    return makeHeader(
        ImageFormat::kWebp, littleEndian(bytes, 26, 2) & 0x3FFF, littleEndian(bytes, 28, 2) & 0x3FFF);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageFormat> imageFormatOf(std::span<const std::byte> bytes) {
  if (hasTextAt(bytes, 0, "\x89PNG\r\n\x1a\n")) {
    return ImageFormat::kPng;
  }
  if (hasTextAt(bytes, 0, "\xFF\xD8\xFF")) {
    return ImageFormat::kJpeg;
  }
  if (hasTextAt(bytes, 0, "RIFF") && hasTextAt(bytes, 8, "WEBP")) {
    return ImageFormat::kWebp;
  }
  return std::nullopt;
}

std::optional<ImageHeader> readImageHeader(std::span<const std::byte> bytes) {
  const std::optional<ImageFormat> format = imageFormatOf(bytes);
  if (!format) {
    return std::nullopt;
  }
  return *format == ImageFormat::kPng    ? pngHeader(bytes)
         : *format == ImageFormat::kJpeg ? jpegHeader(bytes)
                                         : webpHeader(bytes);
}

bool isCutOffJpeg(std::span<const std::byte> bytes) {
  if (bytes.size() < 4 || byteAt(bytes, 0) != 0xFF || byteAt(bytes, 1) != 0xD8) {
    return false;
  }
  std::size_t position = 2;
  while (position + 4 <= bytes.size() && byteAt(bytes, position) == 0xFF &&
         byteAt(bytes, position + 1) != 0xDA) {
    const bool padding = byteAt(bytes, position + 1) == 0xFF;
    position +=
        padding ? 1 : 2 + std::size_t{byteAt(bytes, position + 2)} * 256 + byteAt(bytes, position + 3);
  }
  const std::array<std::byte, 2> end_marker{std::byte{0xFF}, std::byte{0xD9}};
  const auto scan = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(position, bytes.size()));
  return std::search(scan, bytes.end(), end_marker.begin(), end_marker.end()) == bytes.end();
}

bool hasWrongPngChecksum(std::span<const std::byte> bytes) {
  if (imageFormatOf(bytes) != ImageFormat::kPng) {
    return false;
  }
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = bigEndian(bytes, at, 4);
    if (length > bytes.size() - at - 12) {
      return false;  // cut off: the decoder says so
    }
    if (crc32(bytes.subspan(at + 4, length + 4)) != bigEndian(bytes, at + 8 + length, 4)) {
      return true;
    }
    if (hasTextAt(bytes, at + 4, "IEND")) {
      return false;  // what follows is no part of the picture
    }
    at += 12 + length;
  }
  return false;
}

}  // namespace panohead
