#include "tests/support/closeness.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::test {

double relativeError(const at::Tensor& actual, const at::Tensor& reference) {
  const at::Tensor a = actual.detach().to(at::kDouble);
  const at::Tensor b = reference.detach().to(at::kDouble);
  return ((a - b).norm() / b.norm()).item<double>();
}

double psnr(const at::Tensor& actual, const at::Tensor& reference, double peak) {
  const at::Tensor difference = actual.detach().to(at::kDouble) - reference.detach().to(at::kDouble);
  const double mean = difference.square().mean().item<double>();
  return mean == 0 ? 200 : 10 * std::log10(peak * peak / mean);
}

double psnr(const at::Tensor& actual, const at::Tensor& reference) {
  return psnr(actual, reference, (reference.max() - reference.min()).item<double>());
}

}  // namespace panohead::test
