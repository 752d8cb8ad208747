#include "core/tensor/host_values.h"

#include "core/tensor/prelude.h"

namespace panohead {

std::vector<float> toVector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kCPU, at::kFloat).contiguous();
  const float* data = flat.const_data_ptr<float>();
  return {data, data + flat.numel()};
}

}  // namespace panohead
