#include "core/training/warmup/texture_discriminator.h"

#include "core/tensor/prelude.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numbers>

namespace panohead {

TextureDiscriminator::TextureDiscriminator(const TextureDiscriminatorOptions& options)
    : options_(options), store_(ParameterStore::random(options.seed + 17)) {
  const Scope root(store_);
  const std::int64_t c = options.channels;
  const std::vector<std::int64_t> widths{3, c, 2 * c, 4 * c, 1};
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const bool last = i + 2 == widths.size();
    const std::int64_t kernel = last ? 1 : 4;
    const Scope scope = root / fmt::format("conv{}", i);
    layers_.push_back({scope.parameter("weight", {widths[i + 1], widths[i], kernel, kernel}, Init::normal()),
                       scope.parameter("bias", {widths[i + 1]}, Init::constant(0)),
                       last ? 1 : 2});
  }
}

at::Tensor TextureDiscriminator::operator()(const at::Tensor& picture) const {
  // What a small blur takes away, enlarged to the size of a picture's contrast.
  constexpr double kDetailGain = 6;
  const at::Tensor blurred = at::avg_pool2d(at::avg_pool2d(picture, 2, 1, 1), 2, 1, 0);
  at::Tensor x = (picture - blurred) * kDetailGain;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const auto fan_in = static_cast<double>(layer.weight.numel() / layer.weight.size(0));
    const std::int64_t padding = layer.stride == 2 ? 1 : 0;
    x = at::conv2d(x,
                   layer.weight * (1 / std::sqrt(fan_in)),
                   layer.bias,
                   at::IntArrayRef(layer.stride),
                   at::IntArrayRef(padding));
    if (i + 1 < layers_.size()) {
      x = at::leaky_relu(x, 0.2) * std::numbers::sqrt2;
    }
  }
  return x;
}

TextureDiscriminator::Losses TextureDiscriminator::losses(const at::Tensor& real,
                                                          const at::Tensor& fake,
                                                          bool penalty) const {
  const at::Tensor input = real.detach().clone().requires_grad_(penalty);
  const at::Tensor on_real = (*this)(input);
  const at::Tensor on_fake = (*this)(fake);
  Losses losses;
  losses.total = at::softplus(-on_real).mean() + at::softplus(on_fake).mean();
  losses.score_real = on_real.detach().mean().item<double>();
  losses.score_fake = on_fake.detach().mean().item<double>();
  if (penalty) {
    const at::Tensor gradient = torch::autograd::grad({on_real.sum()}, {input}, {}, true, true)[0];
    losses.total = losses.total + 0.5 * options_.r1_gamma * gradient.square().sum({1, 2, 3}).mean();
  }
  return losses;
}

}  // namespace panohead
