#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace panohead {

/// The volume's mask as the alpha of the super-resolved picture, with an even and narrow edge: cubic
/// B-splines through the weights, which do not follow their staircase as linear interpolation does, then
/// twice the slope around one half. A mask that is not to be enlarged is only resized.
/// @param mask [N, 1, h, w] in 0..1  @return [N, 1, height, width] in 0..1
at::Tensor alphaOfMask(const at::Tensor& mask, std::int64_t height, std::int64_t width);

}  // namespace panohead
