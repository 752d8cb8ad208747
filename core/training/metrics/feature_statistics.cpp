#include "core/training/metrics/feature_statistics.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <algorithm>

namespace panohead {

FeatureStatistics::FeatureStatistics(std::int64_t count, at::Tensor mean, at::Tensor scatter)
    : count_(count), mean_(std::move(mean)), scatter_(std::move(scatter)) {}

void FeatureStatistics::add(const at::Tensor& features) {
  const at::Tensor x = features.detach().to(at::kCPU, at::kDouble);
  if (x.dim() != 2 || (count_ > 0 && x.size(1) != mean_.size(0))) {
    throw Error("feature vectors of different lengths cannot be compared", "use one feature network");
  }
  const std::int64_t added = x.size(0);
  if (added == 0) {
    return;
  }
  const at::Tensor mean = x.mean(0);
  const at::Tensor centred = x - mean;
  const at::Tensor scatter = at::matmul(centred.t(), centred);
  if (count_ == 0) {
    count_ = added;
    mean_ = mean;
    scatter_ = scatter;
    return;
  }
  const double old_count = static_cast<double>(count_);
  const double new_count = static_cast<double>(added);
  const double total = old_count + new_count;
  const at::Tensor step = mean - mean_;
  scatter_ = scatter_ + scatter + at::outer(step, step) * (old_count * new_count / total);
  mean_ = mean_ + step * (new_count / total);
  count_ += added;
}

at::Tensor FeatureStatistics::covariance() const {
  return scatter_ / static_cast<double>(std::max<std::int64_t>(count_, 1));
}

double frechetDistance(const at::Tensor& mean1,
                       const at::Tensor& covariance1,
                       const at::Tensor& mean2,
                       const at::Tensor& covariance2) {
  const at::Tensor c1 = (covariance1 + covariance1.t()).to(at::kDouble) * 0.5;
  const at::Tensor c2 = (covariance2 + covariance2.t()).to(at::kDouble) * 0.5;
  const at::Tensor step = (mean1 - mean2).to(at::kDouble);
  const at::Tensor straight = step.square().sum() + c1.trace() + c2.trace();
  if (!at::isfinite(straight).item<bool>() || !at::isfinite(c1).all().item<bool>() ||
      !at::isfinite(c2).all().item<bool>()) {
    throw Error("the features are not finite numbers", "check the feature network and the model");
  }
  const auto [values, vectors] = at::linalg_eigh(c1);
  const at::Tensor root = at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
  const at::Tensor product = at::matmul(at::matmul(root, c2), root);
  const at::Tensor eigenvalues = at::linalg_eigvalsh((product + product.t()) * 0.5);
  // What rounding leaves of a zero would count with its root, 1e-8 for 1e-16, once for each dimension
  // that neither cloud fills.
  const double noise = 2.2e-16 * static_cast<double>(c1.size(0)) * eigenvalues.abs().max().item<double>();
  const double trace = eigenvalues.masked_fill(eigenvalues <= noise, 0).sqrt().sum().item<double>();
  return std::max(0.0, straight.item<double>() - 2 * trace);
}

double frechetDistance(const FeatureStatistics& a, const FeatureStatistics& b) {
  if (a.count() < 2 || b.count() < 2) {
    throw Error("a distance of distributions needs at least two pictures of each", "raise --images");
  }
  return frechetDistance(a.mean(), a.covariance(), b.mean(), b.covariance());
}

}  // namespace panohead
