#pragma once

#include "core/base/image.h"
#include "core/tensor/tensor_fwd.h"

namespace panohead {

/// Picture in [-1, 1], [1, 1 or 3, H, W], to bytes as the published scripts do:
/// clamp(x * 127.5 + 128, 0, 255), truncated. With alpha [1, 1, H, W] in [0, 1]: RGBA.
Image toImage(const at::Tensor& picture);
Image toImage(const at::Tensor& picture, const at::Tensor& alpha);

/// A picture that fills height x width (scaled to cover, centred), [1, 3, height, width] in [-1, 1].
/// Alpha of the picture is laid over black.
at::Tensor coverTensor(const Image& image, std::int64_t height, std::int64_t width);

}  // namespace panohead
