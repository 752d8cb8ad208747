#pragma once

#include "core/base/image.h"
#include "core/vision/aligned_square.h"

namespace panohead {

/// The square of a photo as an upright picture of `pixels` x `pixels`, antialiased; beyond the photo its edge
/// is repeated. As many channels as the photo. Throws OptionError when a size is out of range.
Image cropSquare(const Image& photo, const AlignedSquare& square, int pixels);

}  // namespace panohead
