#include "core/inversion/latent_space.h"

#include "core/base/camera.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead {

namespace {

constexpr std::int64_t kPeople = 10000;
constexpr std::uint32_t kPublishedSeed = 123;
constexpr double kSlope = 0.2;  // of the mapping's leaky ReLU
/// Least deviation of an axis, as a part of the mean variance: people may differ from the model's own where
/// those do not differ from each other, at a price.
constexpr double kFloor = 0.02;

}  // namespace

LatentSpace::LatentSpace(const Generator& generator, bool whitened, JobContext& context) {
  const at::NoGradGuard no_grad;
  const GeneratorConfig& config = generator.config();
  const at::Tensor label =
      labelTensor(frontalLabel()).to(generator.store().entries().front().tensor.device());
  NumpyRandom random(kPublishedSeed);
  constexpr std::int64_t kAtOnce = 500;
  std::vector<at::Tensor> mapped;
  at::Tensor sum_z = at::zeros({1, config.z_dim}, at::kDouble);
  for (std::int64_t first = 0; first < kPeople; first += kAtOnce) {
    context.checkpoint();
    const std::vector<double> numbers = random.randn(static_cast<std::size_t>(kAtOnce * config.z_dim));
    const at::Tensor drawn = at::tensor(numbers, at::kDouble).view({kAtOnce, -1});
    sum_z += drawn.sum({0}, true);
    const at::Tensor z = drawn.to(label.device(), at::kFloat);
    mapped.push_back(generator.map(z, label.expand({kAtOnce, -1})).select(1, 0));
  }
  people_ = at::cat(mapped, 0);
  mean_w_ = people_.mean(0);
  mean_z_ = (sum_z / static_cast<double>(kPeople)).to(label.device(), at::kFloat);
  deviation_ = std::sqrt((people_ - mean_w_).square().sum().item<double>() / static_cast<double>(kPeople));
  if (!whitened) {
    mean_ = mean_w_;
    return;
  }
  const at::Tensor before = at::leaky_relu(people_, 1 / kSlope).to(at::kCPU, at::kDouble);
  const at::Tensor mean = before.mean(0);
  const at::Tensor centred = before - mean;
  context.checkpoint();
  const auto [variances, vectors] =
      at::linalg_eigh(at::matmul(centred.t(), centred) / static_cast<double>(kPeople));
  const at::Tensor kept = variances.clamp_min(0);
  const at::Tensor deviations = (kept + kept.mean() * kFloor).sqrt();
  const auto here = [&](const at::Tensor& t) { return t.to(label.device(), at::kFloat).contiguous(); };
  mean_ = here(mean);
  axes_ = here((vectors * deviations).t());
  inverse_axes_ = here(vectors / deviations);
}

at::Tensor LatentSpace::toW(const at::Tensor& coordinates) const {
  if (!axes_.defined()) {
    return coordinates + mean_;
  }
  return at::leaky_relu(at::matmul(coordinates, axes_) + mean_, kSlope);
}

at::Tensor LatentSpace::fromW(const at::Tensor& w) const {
  return axes_.defined() ? at::matmul(at::leaky_relu(w, 1 / kSlope) - mean_, inverse_axes_) : w - mean_;
}

}  // namespace panohead
