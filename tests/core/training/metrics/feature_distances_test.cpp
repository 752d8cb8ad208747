// Distances between clouds of feature vectors, against closed forms and plain loops.
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_statistics.h"
#include "core/training/metrics/sample_distances.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace panohead {
namespace {

at::Tensor gaussianRows(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  return at::randn({n, d}, at::detail::createCPUGenerator(seed), at::kDouble);
}

TEST(FeatureStatistics, BatchesOfAnySizeGiveTheStatisticsOfTheWhole) {
  // A large common offset, which naive sums of squares would not survive.
  const at::Tensor x = gaussianRows(101, 7, 1) * 0.01 + 1e4;
  FeatureStatistics statistics;
  for (const auto& [first, last] : {std::pair{0, 1}, {1, 40}, {40, 40}, {40, 101}}) {
    statistics.add(x.slice(0, first, last));
  }
  const at::Tensor centred = x - x.mean(0);
  EXPECT_EQ(statistics.count(), 101);
  EXPECT_TRUE(at::allclose(statistics.mean(), x.mean(0), 1e-12, 0));
  EXPECT_TRUE(at::allclose(statistics.covariance(), at::matmul(centred.t(), centred) / 101, 1e-6, 1e-12));
  EXPECT_THROW(statistics.add(gaussianRows(3, 6, 1)), Error);
}

TEST(FrechetDistance, MeetsTheClosedFormOfDiagonalGaussians) {
  const at::Tensor m1 = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
  const at::Tensor m2 = at::tensor({0.0, 1.0, 0.5}, at::kDouble);
  const at::Tensor s1 = at::tensor({1.0, 2.0, 0.1}, at::kDouble);
  const at::Tensor s2 = at::tensor({3.0, 2.0, 0.0}, at::kDouble);  // one direction has no spread
  // Of diagonal covariances: |m1 - m2|^2 + sum (s1 - s2)^2.
  const double expected = (1 + 9 + 0) + (4 + 0 + 0.01);
  EXPECT_NEAR(frechetDistance(m1, at::diag(s1.square()), m2, at::diag(s2.square())), expected, 1e-12);
  // Turning both by the same rotation changes nothing.
  const at::Tensor q = std::get<0>(at::linalg_qr(gaussianRows(3, 3, 2)));
  const auto turned = [&](const at::Tensor& s) {
    return at::matmul(at::matmul(q, at::diag(s.square())), q.t());
  };
  EXPECT_NEAR(frechetDistance(at::matmul(q, m1), turned(s1), at::matmul(q, m2), turned(s2)), expected, 1e-10);
}

TEST(FrechetDistance, MeetsAGeneralRootOfTheProduct) {
  // Not commuting. For 2 x 2: tr (C1 C2)^(1/2) = sqrt(tr(C1 C2) + 2 sqrt(det C1 det C2)).
  const at::Tensor c1 = at::tensor({2.0, 0.7, 0.7, 1.0}, at::kDouble).view({2, 2});
  const at::Tensor c2 = at::tensor({0.5, -0.4, -0.4, 3.0}, at::kDouble).view({2, 2});
  const double trace_of_product = 2 * 0.5 + 2 * (0.7 * -0.4) + 3.0;
  const double root = std::sqrt(trace_of_product + 2 * std::sqrt((2 - 0.49) * (1.5 - 0.16)));
  const at::Tensor zero = at::zeros({2}, at::kDouble);
  EXPECT_NEAR(frechetDistance(zero, c1, zero, c2), 3 + 3.5 - 2 * root, 1e-12);
  EXPECT_NEAR(frechetDistance(zero, c2, zero, c1), 3 + 3.5 - 2 * root, 1e-12);
}

TEST(FrechetDistance, IsZeroForEqualCloudsEvenWithFewerVectorsThanDimensions) {
  FeatureStatistics a, shifted;
  const at::Tensor x = gaussianRows(10, 50, 3);
  a.add(x);
  shifted.add(x + 2.0);
  EXPECT_NEAR(frechetDistance(a, a), 0, 1e-6);
  EXPECT_NEAR(frechetDistance(a, shifted), 50 * 4.0, 1e-6);
}

TEST(FrechetDistance, RefusesWhatIsNoNumberAndSinglePictures) {
  FeatureStatistics a, b;
  a.add(gaussianRows(4, 3, 1));
  b.add(at::full({4, 3}, std::numeric_limits<double>::quiet_NaN(), at::kDouble));
  EXPECT_THROW(frechetDistance(a, b), Error);
  FeatureStatistics single;
  single.add(gaussianRows(1, 3, 1));
  EXPECT_THROW(frechetDistance(a, single), Error);
}

double bruteForceKernelDistance(const at::Tensor& x, const at::Tensor& y) {
  const auto k = [&](const at::Tensor& a, const at::Tensor& b) {
    const double product = at::dot(a, b).item<double>() / static_cast<double>(a.size(0)) + 1;
    return product * product * product;
  };
  const auto m = x.size(0), n = y.size(0);
  double same_x = 0, same_y = 0, cross = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < m; ++j) {
      same_x += i == j ? 0 : k(x[i], x[j]);
    }
    for (std::int64_t j = 0; j < n; ++j) {
      cross += k(x[i], y[j]);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      same_y += i == j ? 0 : k(y[i], y[j]);
    }
  }
  const auto dm = static_cast<double>(m), dn = static_cast<double>(n);
  return same_x / (dm * (dm - 1)) + same_y / (dn * (dn - 1)) - 2 * cross / (dm * dn);
}

TEST(KernelDistance, MeetsTheBruteForceSum) {
  const at::Tensor x = gaussianRows(9, 5, 1), y = gaussianRows(7, 5, 2) + 0.5;
  EXPECT_NEAR(kernelDistance(x, y), bruteForceKernelDistance(x, y), 1e-10);
  EXPECT_THROW(kernelDistance(x, y.slice(0, 0, 1)), Error);
}

TEST(KernelDistance, IsUnbiasedOverSubsets) {
  // The mean over subsets estimates the same number as the whole does.
  const at::Tensor x = gaussianRows(300, 4, 1), y = gaussianRows(300, 4, 2) + 0.3;
  const MeanWithError subsets = kernelDistance(x, y, {.subsets = 400, .subset_size = 30, .seed = 5});
  EXPECT_GT(subsets.error, 0);
  EXPECT_NEAR(subsets.mean, kernelDistance(x, y), 5 * subsets.error);
  // Equal distributions: about zero.
  const MeanWithError none = kernelDistance(x, gaussianRows(300, 4, 3), {.subset_size = 30, .seed = 5});
  EXPECT_LT(std::abs(none.mean), 0.2 * subsets.mean);
  // Small sets are one subset.
  EXPECT_DOUBLE_EQ(kernelDistance(x, y, {}).mean, kernelDistance(x, y));
}

TEST(InceptionScore, IsTheNumberOfClassesThatAreCertainAndEqual) {
  EXPECT_NEAR(inceptionScore(at::eye(5, at::kDouble).repeat({4, 1}), 4).mean, 5, 1e-9);
  EXPECT_NEAR(inceptionScore(at::full({20, 5}, 0.2, at::kDouble)).mean, 1, 1e-12);
  // Two pictures, two classes at p and 1 - p: exp(ln 2 - H(p)).
  const double p = 0.9, entropy = -p * std::log(p) - (1 - p) * std::log(1 - p);
  const at::Tensor two = at::tensor({p, 1 - p, 1 - p, p}, at::kDouble).view({2, 2});
  EXPECT_NEAR(inceptionScore(two, 1).mean, std::exp(std::log(2.0) - entropy), 1e-12);
}

TEST(PrecisionRecall, TellsQualityFromVariety) {
  // Reals: two far clusters. Fakes: points of one cluster only: all good, half of the variety.
  const at::Tensor cluster = gaussianRows(40, 3, 1) * 0.01;
  const at::Tensor far = gaussianRows(40, 3, 2) * 0.01 + 10;
  const at::Tensor real = at::cat({cluster, far});
  PrecisionRecall one = precisionRecall(real, cluster);
  EXPECT_DOUBLE_EQ(one.precision, 1);
  EXPECT_DOUBLE_EQ(one.recall, 0.5);
  // The other way round half of the fakes are bad.
  one = precisionRecall(cluster, real);
  EXPECT_DOUBLE_EQ(one.precision, 0.5);
  EXPECT_DOUBLE_EQ(one.recall, 1);
  one = precisionRecall(cluster, far);
  EXPECT_DOUBLE_EQ(one.precision + one.recall, 0);
}

TEST(PrecisionRecall, TakesTheThirdNeighbourAndAnyChunk) {
  // On a line at 0, 1, 2, 3, 4: the ball of 0 reaches its third neighbour, 3; that of 2 reaches 2.
  const at::Tensor real = at::arange(5, at::kDouble).unsqueeze(1);
  const auto precisionAt = [&](double place, std::int64_t chunk) {
    return precisionRecall(real, at::full({4, 1}, place, at::kDouble), 3, chunk).precision;
  };
  for (const std::int64_t chunk : {1, 2, 1024}) {
    EXPECT_EQ(precisionAt(-2.9, chunk), 1);  // within 3 of 0
    EXPECT_EQ(precisionAt(-3.1, chunk), 0);
    EXPECT_EQ(precisionAt(6.9, chunk), 1);
    EXPECT_EQ(precisionAt(7.1, chunk), 0);
  }
  EXPECT_THROW(precisionRecall(real.slice(0, 0, 3), real), Error);
}

}  // namespace
}  // namespace panohead
