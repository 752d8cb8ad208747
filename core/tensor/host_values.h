#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace panohead {

/// A tensor's values as float32, in order, in memory of the host.
std::vector<float> toVector(const at::Tensor& tensor);

}  // namespace panohead
