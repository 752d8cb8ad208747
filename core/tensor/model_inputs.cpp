#include "core/tensor/model_inputs.h"

#include "core/tensor/host_values.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"

#include <algorithm>
#include <numbers>

namespace panohead {

at::Tensor seedLatent(std::uint32_t seed, std::int64_t z_dim) {
  return at::tensor(NumpyRandom(seed).randn(static_cast<std::size_t>(z_dim)), at::kDouble)
      .to(at::kFloat)
      .unsqueeze(0);
}

at::Tensor labelTensor(const CameraLabel& label) {
  return at::tensor(at::ArrayRef<float>(label.data(), label.size()), at::kFloat).unsqueeze(0);
}

CameraLabel labelOf(const at::Tensor& row) {
  const std::vector<float> numbers = toVector(row);
  CameraLabel label{};
  std::copy_n(numbers.begin(), label.size(), label.begin());
  return label;
}

CameraLabel frontalLabel() {
  constexpr double kFront = std::numbers::pi / 2;
  return lookAtPose(kFront, kFront, glm::dvec3(0.0), kHeadCameraRadius);
}

}  // namespace panohead
