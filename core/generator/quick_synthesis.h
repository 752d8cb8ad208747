#pragma once

#include "core/generator/quick_render_options.h"
#include "core/nn/synthesis_layer.h"
#include "core/volume/volume_renderer.h"

namespace panohead {

class Generator;

// The quick differentiable path of training on CPUs: the numbers of the specification path
// (core/volume/volume_renderer.h, core/nn) up to the rounding of the types chosen, at a fraction of the
// time and memory.

/// Packed tri-grids of ws (see packPlanes), straight from the backbone: its ToRGB channels are reordered
/// instead of its result.
/// @param ws   [N, numWs(), w_dim]
/// @param run  its dtype is the planes': bfloat16, or float32 by the specification path
/// @param upto resolution to stop at (early stages of training); 0: all
/// @return [N, S, S, 3, depth, C]
at::Tensor quickPlanes(const Generator& generator,
                       const at::Tensor& ws,
                       const nn::SynthesisRun& run,
                       std::int64_t upto = 0);

/// renderRays from packed planes: the same two passes, with the same random numbers where `generators` is
/// empty. Results are float32. Gradients flow to planes, decoder and rays.
/// @param planes from quickPlanes  @param rays tensors [N, M, 3]
RenderedRays quickRender(const Generator& generator,
                         const at::Tensor& planes,
                         const Rays& rays,
                         const VolumeOptions& volume,
                         const QuickRenderOptions& options = {});

/// Density and feature at world points [N, M, 3], without crop and noise (density regularisation).
/// Float32 results.
PointSamples quickQuery(const Generator& generator,
                        const at::Tensor& planes,
                        const at::Tensor& points,
                        const VolumeOptions& volume,
                        const QuickRenderOptions& options = {});

}  // namespace panohead
