#pragma once

#include "core/kernels/kernel_table.h"

#include <ATen/core/Tensor.h>

namespace panohead {

/// The hand-written CPU kernels for a tensor's device and element type; null where there are none (another
/// device, or a type other than float32 and bfloat16).
const kernels::ElementKernels* elementKernels(const at::Tensor& tensor);

}  // namespace panohead
