#pragma once

#include "core/base/camera.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

/// Seeds and cameras as the networks take them.
namespace panohead {

/// z of a seed, as the published scripts draw it (core/tensor/numpy_random.h). [1, z_dim]
at::Tensor seedLatent(std::uint32_t seed, std::int64_t z_dim);

/// [1, 25]
at::Tensor labelTensor(const CameraLabel& label);

/// The first 25 numbers of a tensor.
CameraLabel labelOf(const at::Tensor& row);

/// The label that mapping networks are told where nothing else is wished: from the front, by the published
/// formula.
CameraLabel frontalLabel();

}  // namespace panohead
