#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// Smooth absolute value, sqrt(x^2 + e^2) - e (Charbonnier et al. 1994): like L1, soft at zero.
at::Tensor charbonnier(const at::Tensor& x, double e);

/// Mean absolute difference between neighbours of an error picture at three scales, summed: what is wrong
/// with edges, not with areas. @param error [N, C, H, W], H and W at least 8
at::Tensor detailLoss(const at::Tensor& error);

}  // namespace panohead
