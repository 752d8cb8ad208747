#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace panohead {

/// What photo files (JPEG, PNG, WebP) say beside their pixels. Damaged metadata counts as none: the pixels
/// may be sound all the same.

/// EXIF orientation, 1 .. 8 (EXIF 2.3, tag 0x0112); 1 when the file says nothing.
int exifOrientation(std::span<const std::byte> bytes);

/// The ICC profile, inflated; empty when there is none.
std::vector<std::byte> iccProfile(std::span<const std::byte> bytes);

/// An animated PNG or WebP.
bool isAnimation(std::span<const std::byte> bytes);

}  // namespace panohead
