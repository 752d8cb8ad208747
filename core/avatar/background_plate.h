#pragma once

#include "core/base/image.h"

namespace panohead {

/// A photo without the person: where the mask is (and a little around it) colours flow in from outside,
/// smooth as far as they have to go (pull and push over halved pictures; Gortler et al. 1996, "The
/// Lumigraph").
/// @param photo RGB  @param mask grey, 255 = person, same size; empty: nothing is filled
/// Throws OptionError when sizes or channels differ.
Image backgroundPlate(const Image& photo, const Image& mask);

}  // namespace panohead
