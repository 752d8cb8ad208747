#pragma once

#include "core/generator/generator.h"
#include "core/session/head_options.h"

namespace panohead {

/// The w of a head.
struct HeadCodes {
  at::Tensor ws;             // [1, num_ws, w_dim]
  at::Tensor ws_background;  // the same: drives the head's own background
};

/// Seeds and avatars are blended, then layers of another seed mixed in, then edits added; heads that lie
/// between others are sums of those. An avatar's fitted
/// background code takes no part in mixing and edits. Throws OptionError.
HeadCodes headCodes(const Generator& generator, const HeadOptions& options);

/// w of another seed's background. [1, num_ws, w_dim]
at::Tensor seedBackgroundCode(const Generator& generator,
                              const HeadOptions& options,
                              const SeedBackground& background);

}  // namespace panohead
