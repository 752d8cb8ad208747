#include "core/base/spline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <tuple>

namespace panohead {
namespace {

double evaluate(const std::vector<double>& values, double t, bool closed) {
  const std::vector<double> weights = splineWeights(static_cast<int>(values.size()), t, closed);
  return std::inner_product(weights.begin(), weights.end(), values.begin(), 0.0);
}

std::vector<double> wildValues(int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(std::sin(2.3 * i * i) * 5);
  }
  return values;
}

class Spline : public testing::TestWithParam<std::tuple<int, bool>> {
 protected:
  int knots() const { return std::get<0>(GetParam()); }
  bool closed() const { return std::get<1>(GetParam()); }
  int end() const { return closed() ? knots() : knots() - 1; }
};

TEST_P(Spline, PassesThroughItsKnots) {
  const std::vector<double> values = wildValues(knots());
  for (int i = 0; i <= end(); ++i) {
    EXPECT_NEAR(evaluate(values, i, closed()), values[static_cast<std::size_t>(i % knots())], 1e-12);
  }
}

TEST_P(Spline, WeightsSumToOne) {
  for (double t = 0; t <= end(); t += 0.13) {
    const std::vector<double> weights = splineWeights(knots(), t, closed());
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-12) << "t " << t;
  }
}

TEST_P(Spline, IsTwiceContinuouslyDifferentiableAtItsKnots) {
  const std::vector<double> values = wildValues(knots());
  const auto f = [&](double t) {
    return evaluate(values, closed() ? std::fmod(t + knots(), knots()) : t, closed());
  };
  constexpr double kStep = 1e-3;  // one-sided differences of a cubic: exact up to O(kStep)
  for (int i = closed() ? 0 : 1; i < (closed() ? knots() : knots() - 1); ++i) {
    const double slope_left = (3 * f(i) - 4 * f(i - kStep) + f(i - 2 * kStep)) / (2 * kStep);
    const double slope_right = (-3 * f(i) + 4 * f(i + kStep) - f(i + 2 * kStep)) / (2 * kStep);
    EXPECT_NEAR(slope_left, slope_right, 1e-3) << "knot " << i;
    const double bend_left = (f(i) - 2 * f(i - kStep) + f(i - 2 * kStep)) / (kStep * kStep);
    const double bend_right = (f(i) - 2 * f(i + kStep) + f(i + 2 * kStep)) / (kStep * kStep);
    EXPECT_NEAR(bend_left, bend_right, 0.5) << "knot " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(OpenAndClosed,
                         Spline,
                         testing::Combine(testing::Values(1, 2, 3, 4, 9, 40), testing::Bool()));

TEST(Spline, OpenSplineHasNoCurvatureAtItsEnds) {
  const std::vector<double> values = wildValues(6);
  constexpr double kStep = 1e-3;
  const double bend =
      (evaluate(values, 0, false) - 2 * evaluate(values, kStep, false) + evaluate(values, 2 * kStep, false)) /
      (kStep * kStep);
  EXPECT_NEAR(bend, 0, 0.1);
}

TEST(Spline, TwoOpenKnotsAreJoinedByALine) { EXPECT_NEAR(evaluate({2, 6}, 0.25, false), 3, 1e-12); }

TEST(Spline, ReproducesASmoothPeriodicFunction) {
  std::vector<double> values;
  for (int i = 0; i < 24; ++i) {
    values.push_back(std::cos(i * 2 * 3.14159265358979 / 24));
  }
  EXPECT_NEAR(evaluate(values, 5.5, true), std::cos(5.5 * 2 * 3.14159265358979 / 24), 1e-4);
}

}  // namespace
}  // namespace panohead
