#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// A HEIC or AVIF file, by its first bytes.
bool isHeif(std::span<const std::byte> bytes) noexcept;

/// The main picture of a HEIC or AVIF file, upright; RGB, RGBA with transparency.
/// @param profile receives the ICC profile
/// Throws ImageError naming `name`; also when this build has no libheif, or that no decoder of the file's
/// kind.
Image decodeHeif(std::span<const std::byte> bytes, const std::string& name, std::vector<std::byte>& profile);

}  // namespace panohead
