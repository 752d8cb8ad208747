#pragma once

#include "core/volume/volume_options.h"

#include <ATen/core/Tensor.h>

namespace panohead {

/// Trilinear samples of the three grids at world points (PanoHead, section 3.2).
/// @param planes [N, 3, C * depth, H, W]: channel-major, depth inside (the backbone's layout)
/// @param points [N, M, 3] world units
/// @param depth  slices of a grid; 1 is EG3D's tri-plane
/// @return [N, 3, M, C]
at::Tensor sampleTriGrid(const at::Tensor& planes,
                         const at::Tensor& points,
                         std::int64_t depth,
                         const VolumeOptions& options);

}  // namespace panohead
