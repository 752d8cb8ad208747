#pragma once

#include "core/generator/head.h"
#include "core/session/background.h"

namespace panohead {

/// A head and what is behind it, as bytes (toImage() of core/session/frame_image.h): RGB, or RGBA where some
/// of that is nothing. Where the pictures of the head are: in host memory, or on a device.
/// @param over_generated drawn over the generated ones of `behind`; unused where there are none
/// @param cut_out the same head alone, with its alpha; unused where nothing is laid under it
at::Tensor composed(const BackgroundParts& behind,
                    const HeadPicture& over_generated,
                    const HeadPicture& cut_out);

}  // namespace panohead
