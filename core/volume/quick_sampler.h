#pragma once

#include "core/volume/volume_options.h"

#include <ATen/core/Tensor.h>

namespace panohead {

/// Tri-grids packed for sampling: [N, S, S, 3 grids, D slices, C features], contiguous, bfloat16 or float32,
/// C a multiple of 16: all features of one tap lie side by side.
/// @param planes [N, 3, C * depth, S, S], the backbone's order
at::Tensor packPlanes(const at::Tensor& planes, std::int64_t depth);

/// Back to the backbone's order: packed [N, S, S, 3, D, C] to [N, 3, C * D, S, S].
at::Tensor unpackPlanes(const at::Tensor& packed);

/// For every channel of packed planes, its index in the backbone's order. [3 * depth * channels] int64
at::Tensor packedChannelOrder(std::int64_t depth, std::int64_t channels);

/// The mean over the grids of sampleTriGrid (core/volume/tri_grid_sampler.h) from packed planes, by
/// hand-written kernels on CPUs. Sums are float32. Differentiable once, with respect to planes and points;
/// the same numbers for any number of threads.
/// @param planes packed, see packPlanes
/// @param points [N, M, 3] float32, world units
/// @param crop points in the box's empty margin (cropMask) give zeros and get no gradient
/// @return [N, M, C] of the planes' type
/// Throws Error when the planes are not packed or not of these types.
at::Tensor quickSampleTriGrid(const at::Tensor& planes,
                              const at::Tensor& points,
                              const VolumeOptions& options,
                              bool crop = true);

}  // namespace panohead
