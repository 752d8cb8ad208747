#include "core/tensor/kernel_dispatch.h"

#include "core/tensor/prelude.h"

namespace panohead {

const kernels::ElementKernels* elementKernels(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu()) {
    return nullptr;
  }
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return &kernels::kernels().float32;
    case at::kBFloat16:
      return &kernels::kernels().bfloat16;
    default:
      return nullptr;
  }
}

}  // namespace panohead
