#pragma once

#include <vector>

namespace panohead {

/// A cubic spline through `knots` values at 0, 1, ... is linear in those values: returns what each of
/// them weighs at `t`. The weights sum to 1, are 1 and 0 at the knots, and the curve is twice
/// continuously differentiable; a closed one also where the last knot passes into the first.
/// @param t in [0, knots - 1]; closed: in [0, knots], where `knots` is the first knot again.
/// @param closed periodic; else the natural spline (no curvature at the ends).
std::vector<double> splineWeights(int knots, double t, bool closed);

}  // namespace panohead
