#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace panohead {

/// Mean and covariance of feature vectors that come in batches, in float64: batches are merged by their
/// own means (Chan, Golub & LeVeque 1979), so that large common offsets cost no digits.
class FeatureStatistics {
 public:
  FeatureStatistics() = default;
  /// From stored sums. @param scatter sum of (x - mean)(x - mean)^T
  FeatureStatistics(std::int64_t count, at::Tensor mean, at::Tensor scatter);

  /// @param features [N, d] of any floating type, on any device
  void add(const at::Tensor& features);

  std::int64_t count() const noexcept { return count_; }
  const at::Tensor& mean() const noexcept { return mean_; }        // [d] float64
  const at::Tensor& scatter() const noexcept { return scatter_; }  // [d, d] float64
  /// scatter / count, as the published programs divide. [d, d]
  at::Tensor covariance() const;

 private:
  std::int64_t count_ = 0;
  at::Tensor mean_, scatter_;
};

/// Squared Fréchet distance between Gaussians (Dowson & Landau 1982; FID: Heusel et al. 2017):
/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with the trace of the root through symmetric
/// eigendecompositions: (C1 C2)^(1/2) has the trace of (S C2 S)^(1/2), S = C1^(1/2). Eigenvalues that
/// cannot be told from rounding count as 0.
/// @param mean1, mean2 [d]  @param covariance1, covariance2 [d, d] symmetric, non-negative
/// Throws Error when anything is not finite.
double frechetDistance(const at::Tensor& mean1,
                       const at::Tensor& covariance1,
                       const at::Tensor& mean2,
                       const at::Tensor& covariance2);

double frechetDistance(const FeatureStatistics& a, const FeatureStatistics& b);

}  // namespace panohead
