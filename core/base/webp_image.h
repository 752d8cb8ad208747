#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Decodes a still WebP picture: 3 channels, 4 with alpha. Throws ImageError naming `name`, also when this
/// program was built without libwebp. Use decodeImage (core/base/image_io.h), which knows all formats.
Image decodeWebp(std::span<const std::byte> bytes, const std::string& name);

/// Whether this build can.
bool canDecodeWebp() noexcept;

/// The first picture of an animated WebP file as a still file of its own (RFC 9649); empty when there is
/// none. It may be smaller than the animation.
std::vector<std::byte> firstOfWebpAnimation(std::span<const std::byte> bytes);

}  // namespace panohead
