#include "core/fast/mask_edge.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

/// Weights of uniform cubic B-splines, pixel centres at halves, the rim repeated. @return [to, from]
at::Tensor splineRows(std::int64_t from, std::int64_t to) {
  at::Tensor rows = at::zeros({to, from});
  auto row = rows.accessor<float, 2>();
  for (std::int64_t i = 0; i < to; ++i) {
    const double x =
        (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    const double whole = std::floor(x);
    const double t = x - whole;
    const double weights[] = {(1 - t) * (1 - t) * (1 - t) / 6,
                              (3 * t * t * t - 6 * t * t + 4) / 6,
                              (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6,
                              t * t * t / 6};
    for (std::int64_t k = 0; k < 4; ++k) {
      const std::int64_t column =
          std::clamp<std::int64_t>(static_cast<std::int64_t>(whole) - 1 + k, 0, from - 1);
      row[i][column] += static_cast<float>(weights[k]);
    }
  }
  return rows;
}

}  // namespace

at::Tensor alphaOfMask(const at::Tensor& mask, std::int64_t height, std::int64_t width) {
  constexpr double kSlope = 2;
  if (height <= mask.size(2) || width <= mask.size(3)) {
    return nn::resizeBilinear(mask, height, width, true).clamp(0, 1);
  }
  const auto options = mask.options();
  const at::Tensor down = splineRows(mask.size(2), height).to(options);
  const at::Tensor across = splineRows(mask.size(3), width).to(options);
  const at::Tensor smooth = at::matmul(at::matmul(down, mask), across.t());
  return ((smooth - 0.5) * kSlope + 0.5).clamp(0, 1);
}

}  // namespace panohead
