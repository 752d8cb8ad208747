#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// Everything that depends on the identity alone, computed once when w changes: orbiting a prepared
/// head runs none of the identity networks. Immutable.
struct PreparedHead {
  at::Tensor ws;          // [1, num_ws, w_dim]
  at::Tensor planes;      // [1, 3, 32 * depth, S, S], or packed in bfloat16 (core/volume/quick_sampler.h)
  at::Tensor background;  // [1, 32, B, B] feature image; undefined: none
  at::Tensor last_w;      // [1, w_dim], drives raw ToRGB and super-resolution
};

/// One view of a prepared head.
struct HeadPicture {
  at::Tensor picture;  // [1, 3, R, R] in [-1, 1]: super-resolved, or the raw one when that is off
  at::Tensor raw;      // [1, 3, r, r]
  at::Tensor alpha;    // [1, 1, size of picture] in [0, 1]; defined for cut-outs only
  at::Tensor depth;    // [1, 1, r, r]
  at::Tensor mask;     // [1, 1, r, r]
};

}  // namespace panohead
