#pragma once

#include "core/volume/decoder.h"
#include "core/volume/ray_sampler.h"
#include "core/volume/volume_options.h"

namespace panohead {

/// What a batch of rays is rendered from.
struct QuickRays {
  at::Tensor planes;          // packed, see core/volume/quick_sampler.h
  Rays rays;                  // [N, M, 3]
  at::Tensor coarse_depths;   // [N, M, coarse, 1], increasing along a ray
  at::Tensor fine_positions;  // [N, M, fine] in [0, 1]: see importanceDepths; undefined: one pass
  at::Tensor coarse_noise;    // [N, M, coarse] added to the density, or undefined
  at::Tensor fine_noise;      // [N, M, fine], or undefined
};

struct QuickRaysResult {
  at::Tensor feature;     // [N, M, F]
  at::Tensor weight_sum;  // [N, M, 1]
  at::Tensor depth;       // [N, M, 1] composited, divided by the weight
  at::Tensor depths;      // [N, M, samples] of all samples, without gradient
};

/// Whether quickRays can render this: a decoder without activation (its last layer is then applied once a
/// ray, to the composited hidden layer), layer widths that are multiples of 16 and bounded, and planes that
/// have kernels.
bool quickRaysApply(const QuickRays& batch, const Decoder& decoder);

/// Both passes of the renderer in one kernel for each ray. Arithmetic in float32, from planes as they are;
/// kept for the gradient are one feature vector a sample (in the planes' type) and its density. Gradients to
/// planes, decoder and rays; depths and positions are constants. The same numbers for any number of threads.
QuickRaysResult quickRays(const QuickRays& batch, const Decoder& decoder, const VolumeOptions& options);

}  // namespace panohead
