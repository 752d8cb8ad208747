#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace panohead {

struct KernelDistanceOptions {
  std::int64_t subsets = 100;       // random subsets that are averaged
  std::int64_t subset_size = 1000;  // vectors of each side in a subset; fewer when there are fewer
  std::uint64_t seed = 0;           // of the choice
};

/// A mean over subsets with its standard error (NaN for one subset).
struct MeanWithError {
  double mean = 0;
  double error = 0;
};

/// Unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3 (Binkowski et al. 2018).
/// May be negative. @param x [m, d]  @param y [n, d], both at least 2
double kernelDistance(const at::Tensor& x, const at::Tensor& y);

/// KID: the mean over random subsets; the whole once when a subset would hold all of both.
/// @param checkpoint called between subsets; may throw to cancel
MeanWithError kernelDistance(const at::Tensor& x,
                             const at::Tensor& y,
                             const KernelDistanceOptions& options,
                             const std::function<void()>& checkpoint = {});

/// Inception score: exp of the mean divergence between p(class | picture) and p(class), over `splits`
/// parts (Salimans et al. 2016). @param probabilities [N, classes], rows sum to 1
MeanWithError inceptionScore(const at::Tensor& probabilities, std::int64_t splits = 10);

/// Improved precision and recall (Kynkaanniemi et al. 2019).
struct PrecisionRecall {
  double precision = 0;  // share of fakes that lie within the reals' manifold
  double recall = 0;     // share of reals within the fakes' manifold
};
/// The manifold is the union of balls around every vector that reach its k-th nearest neighbour.
/// Distances are computed in chunks of `chunk` rows. @param real [m, d], m > k  @param fake [n, d], n > k
PrecisionRecall precisionRecall(const at::Tensor& real,
                                const at::Tensor& fake,
                                std::int64_t k = 3,
                                std::int64_t chunk = 1024,
                                const std::function<void()>& checkpoint = {});

}  // namespace panohead
