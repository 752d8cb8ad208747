#include "core/training/metrics/sample_distances.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace panohead {

namespace {

void needRows(const at::Tensor& x, std::int64_t rows) {
  if (x.dim() != 2 || x.size(0) < rows) {
    throw Error("there are too few pictures for this metric", "raise --images");
  }
}

at::Tensor kernel(const at::Tensor& x, const at::Tensor& y) {
  return (at::matmul(x, y.t()) / static_cast<double>(x.size(1)) + 1.0).pow(3);
}

// Mean over pairs of different vectors.
at::Tensor meanOfPairs(const at::Tensor& x) {
  const at::Tensor k = kernel(x, x);
  const double n = static_cast<double>(x.size(0));
  return (k.sum() - k.diagonal().sum()) / (n * (n - 1));
}

MeanWithError meanWithError(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) {
    sum += value;
  }
  for (const double value : values) {
    squares += (value - sum / n) * (value - sum / n);
  }
  return {sum / n,
          values.size() < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares / (n - 1) / n)};
}

// [rows of x, rows of y] squared distances.
at::Tensor squaredDistances(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor product = at::matmul(x, y.t());
  return (x.square().sum(1, true) + y.square().sum(1).unsqueeze(0) - product * 2).clamp_min(0);
}

// Squared distance to the k-th nearest other vector. [n]
at::Tensor radii(const at::Tensor& x,
                 std::int64_t k,
                 std::int64_t chunk,
                 const std::function<void()>& checkpoint) {
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < x.size(0); first += chunk) {
    const std::int64_t last = std::min(first + chunk, x.size(0));
    const at::Tensor distances = squaredDistances(x.slice(0, first, last), x);
    // The vector itself is left out by its place, not by its distance: duplicates are neighbours.
    distances.diagonal(first).fill_(std::numeric_limits<double>::infinity());
    parts.push_back(std::get<0>(distances.kthvalue(k, 1)));
    if (checkpoint) {
      checkpoint();
    }
  }
  return at::cat(parts);
}

// Share of the points that lie in a ball around a centre.
double shareInside(const at::Tensor& points,
                   const at::Tensor& centres,
                   const at::Tensor& squared_radii,
                   std::int64_t chunk,
                   const std::function<void()>& checkpoint) {
  // Squared distances are differences of large numbers: a point on the rim is inside.
  const at::Tensor reach = squared_radii * (1 + 1e-9) + 1e-12;
  std::int64_t inside = 0;
  for (std::int64_t first = 0; first < points.size(0); first += chunk) {
    const at::Tensor part = points.slice(0, first, std::min(first + chunk, points.size(0)));
    inside += (squaredDistances(part, centres) <= reach).any(1).sum().item<std::int64_t>();
    if (checkpoint) {
      checkpoint();
    }
  }
  return static_cast<double>(inside) / static_cast<double>(points.size(0));
}

}  // namespace

double kernelDistance(const at::Tensor& x, const at::Tensor& y) {
  needRows(x, 2);
  needRows(y, 2);
  const at::Tensor a = x.to(at::kDouble);
  const at::Tensor b = y.to(at::kDouble);
  return (meanOfPairs(a) + meanOfPairs(b) - kernel(a, b).mean() * 2).item<double>();
}

MeanWithError kernelDistance(const at::Tensor& x,
                             const at::Tensor& y,
                             const KernelDistanceOptions& options,
                             const std::function<void()>& checkpoint) {
  const std::int64_t size = std::min({x.size(0), y.size(0), options.subset_size});
  if (size == x.size(0) && size == y.size(0)) {
    return {kernelDistance(x, y), std::numeric_limits<double>::quiet_NaN()};
  }
  const at::Generator generator = at::detail::createCPUGenerator(options.seed);
  const auto choose = [&](const at::Tensor& from) {
    return from.index_select(0, at::randperm(from.size(0), generator, at::kLong).slice(0, 0, size));
  };
  std::vector<double> values;
  for (std::int64_t subset = 0; subset < options.subsets; ++subset) {
    if (checkpoint) {
      checkpoint();
    }
    const at::Tensor part = choose(x);
    values.push_back(kernelDistance(part, choose(y)));
  }
  return meanWithError(values);
}

MeanWithError inceptionScore(const at::Tensor& probabilities, std::int64_t splits) {
  needRows(probabilities, 1);
  const at::Tensor p = probabilities.to(at::kDouble);
  const std::int64_t n = p.size(0);
  splits = std::clamp<std::int64_t>(splits, 1, n);
  std::vector<double> scores;
  for (std::int64_t i = 0; i < splits; ++i) {
    const at::Tensor part = p.slice(0, i * n / splits, (i + 1) * n / splits);
    // x log x is 0 at 0.
    const auto log = [](const at::Tensor& t) { return t.clamp_min(1e-300).log(); };
    const at::Tensor divergence = part * (log(part) - log(part.mean(0, true)));
    scores.push_back(std::exp(divergence.sum(1).mean().item<double>()));
  }
  return meanWithError(scores);
}

PrecisionRecall precisionRecall(const at::Tensor& real,
                                const at::Tensor& fake,
                                std::int64_t k,
                                std::int64_t chunk,
                                const std::function<void()>& checkpoint) {
  needRows(real, k + 1);
  needRows(fake, k + 1);
  // A common offset costs digits in the differences.
  const at::Tensor centre = real.to(at::kDouble).mean(0, true);
  const at::Tensor r = real.to(at::kDouble) - centre;
  const at::Tensor f = fake.to(at::kDouble) - centre;
  return {shareInside(f, r, radii(r, k, chunk, checkpoint), chunk, checkpoint),
          shareInside(r, f, radii(f, k, chunk, checkpoint), chunk, checkpoint)};
}

}  // namespace panohead
