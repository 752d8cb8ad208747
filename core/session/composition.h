#pragma once

#include "core/base/image.h"
#include "core/generator/head.h"
#include "core/session/background.h"

namespace panohead {

/// A head and what is behind it, as bytes: RGB, or RGBA where some of that is nothing.
/// @param over_generated drawn over the generated ones of `behind`; unused where there are none
/// @param cut_out the same head alone, with its alpha; unused where nothing is laid under it
Image composed(const BackgroundParts& behind, const HeadPicture& over_generated, const HeadPicture& cut_out);

}  // namespace panohead
