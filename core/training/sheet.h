#pragma once

#include "core/base/image.h"
#include "core/tensor/tensor_fwd.h"

namespace panohead {

/// What a batch of pictures shows, and how its numbers become grey values.
enum class SheetKind {
  Picture,  // [N, 3, H, W] in [-1, 1]: clamp(x * 127.5 + 128, 0, 255)
  Mask,     // [N, 1, H, W] in [0, 1]
  Depth,    // [N, 1, H, W] world units: the nearest of the sheet white, the farthest black
};

/// A grid of pictures, row by row; cells left over are black. Numbers that are not finite count as 0.
/// @param columns 0: about as many as rows
/// Throws Error when the shape does not fit the kind.
Image sheet(const at::Tensor& pictures, SheetKind kind, int columns = 0);

}  // namespace panohead
