#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// A view of a head over two backgrounds, and the backgrounds alone. All [1, 3, R, R] in [-1, 1].
struct SwappedView {
  at::Tensor own, other;                        // the head over its own and over another background
  at::Tensor own_background, other_background;  // the same without the head
  at::Tensor mask;                              // [1, 1, r, r]: the generator's mask
};

/// Does swapping the background change the background only (PanoHead, section 4.2)? The volume's mask
/// cannot change, so the mask that the *pictures* show is compared with it: from two pictures over known
/// backgrounds follows alpha = 1 - (C1 - C2).(B1 - B2) / |B1 - B2|^2 (triangulation matting, Smith &
/// Blinn 1996), where the backgrounds differ by at least 0.05 of the range (root mean square).
struct BackgroundSwap {
  double mask_mse = 0;     // mean squared difference of alpha and mask, in [0, 1]; NaN: backgrounds are equal
  double inside_mse = 0;   // of the two pictures where the mask is above 0.95, values in [0, 1]
  double inside_mae = 0;   // the same, mean absolute difference
  double outside_mae = 0;  // where the mask is below 0.05: what a swap changes there
};
BackgroundSwap backgroundSwap(const SwappedView& view);

}  // namespace panohead
