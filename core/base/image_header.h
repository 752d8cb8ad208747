#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace panohead {

enum class ImageFormat { kPng, kJpeg, kWebp };

/// What the first bytes of a picture file say.
struct ImageHeader {
  ImageFormat format = ImageFormat::kPng;
  int width = 0;   // pixels
  int height = 0;  // pixels
};

/// The format by the file's magic bytes; nothing for other kinds of files.
std::optional<ImageFormat> imageFormatOf(std::span<const std::byte> bytes);

/// Format and size from the beginning of a PNG, JPEG or WebP file, decoding nothing. PNG and WebP need
/// 30 bytes; in a JPEG the size comes behind previews and camera data, so that nothing may mean that
/// more bytes are needed. Nothing also for other kinds of files and for sizes of zero.
std::optional<ImageHeader> readImageHeader(std::span<const std::byte> bytes);

/// A JPEG without the marker of its end (FF D9) after the first scan (previews inside the header have one of
/// their own); decoders fill what it lacks with grey.
bool isCutOffJpeg(std::span<const std::byte> bytes);

/// A PNG in which some chunk does not fit its checksum. Decoders that pass over checksums would take a
/// changed bit for part of the picture.
bool hasWrongPngChecksum(std::span<const std::byte> bytes);

}  // namespace panohead
