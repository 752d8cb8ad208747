#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <span>
#include <string>

namespace panohead {

/// Turns colours from an ICC profile into sRGB, in place; alpha stays. Says what it did in one sentence, or
/// nothing when the profile is sRGB already, is for another kind of picture, or is damaged (then the colours
/// stay as they are). Builds without Little CMS say that they could not.
std::string convertToSrgb(Image& image, std::span<const std::byte> profile);

}  // namespace panohead
