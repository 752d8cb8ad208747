#include "core/base/spline.h"

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

// The second derivatives M of a spline obey M[i-1] + 4 M[i] + M[i+1] = 6 (y[i-1] - 2 y[i] + y[i+1]).
// The left side has a closed inverse: on an endless line its entries are r^|i-j| / (4 + 2r) with
// r = sqrt(3) - 2; a loop adds its copies, and natural ends are mirrors that change the sign.
double loopInverse(int distance, int period) {
  const double r = std::sqrt(3.0) - 2;
  const int d = ((distance % period) + period) % period;
  return (std::pow(r, d) + std::pow(r, period - d)) / ((4 + 2 * r) * (1 - std::pow(r, period)));
}

double inverse(int i, int j, int knots, bool closed) {
  if (closed) {
    return loopInverse(i - j, knots);
  }
  const int period = 2 * (knots - 1);
  return loopInverse(i - j, period) - loopInverse(i + j, period);
}

}  // namespace

std::vector<double> splineWeights(int knots, double t, bool closed) {
  std::vector<double> weights(static_cast<std::size_t>(knots), 0.0);
  if (knots == 1) {
    weights[0] = 1;
    return weights;
  }
  const auto at = [&](int knot) -> double& {
    return weights[static_cast<std::size_t>((knot + knots) % knots)];
  };
  const int left = std::clamp(static_cast<int>(std::floor(t)), 0, closed ? knots - 1 : knots - 2);
  const int right = (left + 1) % knots;
  const double u = t - left;
  at(left) += 1 - u;
  at(right) += u;

  const double left_bend = (std::pow(1 - u, 3) - (1 - u)) / 6;  // of the second derivative at `left`
  const double right_bend = (std::pow(u, 3) - u) / 6;
  for (int j = closed ? 0 : 1; j < (closed ? knots : knots - 1); ++j) {
    const double bend =
        6 * (left_bend * inverse(left, j, knots, closed) + right_bend * inverse(right, j, knots, closed));
    at(j - 1) += bend;
    at(j) -= 2 * bend;
    at(j + 1) += bend;
  }
  return weights;
}

}  // namespace panohead
