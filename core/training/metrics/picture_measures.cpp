#include "core/training/metrics/picture_measures.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <array>
#include <cmath>
#include <limits>

namespace panohead {

namespace {

at::Tensor gaussian(double sigma, const at::TensorOptions& options) {
  const auto radius = static_cast<std::int64_t>(std::ceil(sigma * 3));
  const at::Tensor position = at::arange(-radius, radius + 1, options);
  const at::Tensor taps = (position / sigma).square().mul(-0.5).exp();
  return taps / taps.sum();
}

}  // namespace

at::Tensor luminance(const at::Tensor& picture) {
  const at::Tensor x = (picture.clamp(-1, 1) + 1) * 0.5;
  return x.slice(1, 0, 1) * 0.2126 + x.slice(1, 1, 2) * 0.7152 + x.slice(1, 2, 3) * 0.0722;
}

at::Tensor maskedBlur(const at::Tensor& x, const at::Tensor& mask, double sigma) {
  const at::Tensor taps = gaussian(sigma, x.options());
  return nn::blur(x * mask, taps) / nn::blur(mask, taps).clamp_min(1e-6);
}

at::Tensor eroded(const at::Tensor& mask, std::int64_t radius) {
  if (radius <= 0) {
    return mask;
  }
  const std::int64_t size = 2 * radius + 1;
  const at::Tensor padded = at::constant_pad_nd(mask, {radius, radius, radius, radius}, 0);
  return at::max_pool2d(padded.neg(), {size, size}, {1, 1}).neg();
}

double weightedMean(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor w = weight.to(at::kDouble).expand_as(x);
  const double total = w.sum().item<double>();
  return total > 0 ? (x.to(at::kDouble) * w).sum().item<double>() / total
                   : std::numeric_limits<double>::quiet_NaN();
}

double normalisedCorrelation(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
  constexpr double kConstant = 1e-4;
  const at::Tensor x = a.to(at::kDouble) - weightedMean(a, weight);
  const at::Tensor y = b.to(at::kDouble) - weightedMean(b, weight);
  const double deviation_x = std::sqrt(weightedMean(x.square(), weight));
  const double deviation_y = std::sqrt(weightedMean(y.square(), weight));
  if (!(deviation_x > kConstant && deviation_y > kConstant)) {
    return 0;
  }
  return weightedMean(x * y, weight) / (deviation_x * deviation_y);
}

BandEnergy bandEnergy(const at::Tensor& picture, const at::Tensor& mask) {
  const at::Tensor y = luminance(picture.detach());
  const at::Tensor inside = mask.defined() ? (mask.detach() > 0.5).to(y.scalar_type()) : at::ones_like(y);
  std::array<double, 4> energy{};
  double total = 0;
  at::Tensor finer = y;
  double sigma = 1;
  for (double& octave : energy) {
    const at::Tensor coarser = maskedBlur(y, inside, sigma);
    octave = weightedMean((finer - coarser).square(), inside);
    total += octave;
    finer = coarser;
    sigma *= 2;
  }
  if (!(total > 1e-12)) {
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    return {kNothing, kNothing, kNothing};
  }
  return {energy[0] / total, (energy[0] + energy[1]) / total, std::sqrt(energy[0])};
}

}  // namespace panohead
