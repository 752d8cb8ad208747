#include "tests/support/closeness.h"

#include "core/tensor/prelude.h"

namespace panohead::test {

double relativeError(const at::Tensor& actual, const at::Tensor& reference) {
  const at::Tensor a = actual.detach().to(at::kDouble);
  const at::Tensor b = reference.detach().to(at::kDouble);
  return ((a - b).norm() / b.norm()).item<double>();
}

}  // namespace panohead::test
