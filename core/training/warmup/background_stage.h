#pragma once

#include "core/generator/generator.h"
#include "core/training/warmup/mapping_writer.h"
#include "core/training/warmup/picture_bank.h"

#include <functional>

namespace panohead {

/// The background network's own stage: what lies behind people is filled in and kept coarse, and becomes a
/// short code.
struct BackgroundOptions {
  std::int64_t codes = 24;  // numbers of z: the largest principal components
  std::int64_t steps = 2000;
  std::int64_t batch = 8;        // pictures per step
  double rate = 3e-3;            // Adam's, falling to a twentieth as a cosine
  std::int64_t pictures = 4000;  // at most so many are looked at, spread evenly over the set
  std::uint64_t seed = 0;
};

/// The picture with its foreground filled from coarser levels of what is known (push-pull; Gortler et al.
/// 1996, section 3.4). Pixels next to the foreground do not count as known.
/// @param picture [N, 3, h, w] @param mask [N, 1, h, w] in [0, 1], h = w a power of two @return [N, 3, h / 2,
/// w / 2]
at::Tensor fillForeground(const at::Tensor& picture, const at::Tensor& mask);

/// Trains bcg_synthesis in place to draw, in its first three channels, the filled-in backgrounds from
/// their codes; the other channels become zero. The background's part of w must be its own
/// (prepareForWarmup).
/// @param progress called after every step with (step, loss); may throw to cancel
BackgroundCodes trainBackground(Generator& generator,
                                PictureBank& bank,
                                std::int64_t head_dims,
                                const BackgroundOptions& options,
                                const std::function<void(std::int64_t, double)>& progress = {});

}  // namespace panohead
