#include "core/nn/activation.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

double defaultGain(Activation activation) noexcept {
  return activation == Activation::LeakyRelu ? std::sqrt(2.0) : 1.0;
}

at::Tensor biasAct(at::Tensor x, const at::Tensor& bias, const BiasActOptions& options) {
  const bool in_place =
      !at::GradMode::is_enabled() || !(x.requires_grad() || (bias.defined() && bias.requires_grad()));
  at::Tensor b;
  if (bias.defined()) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[1] = -1;
    b = bias.view(shape);
  }
  if (in_place) {
    if (b.defined()) {
      x.add_(b);
    }
    if (options.activation == Activation::LeakyRelu) {
      at::leaky_relu_(x, 0.2);
    }
    if (options.gain != 1.0) {
      x.mul_(options.gain);
    }
    if (options.clamp) {
      x.clamp_(-*options.clamp, *options.clamp);
    }
    return x;
  }
  if (b.defined()) {
    x = x + b;
  }
  if (options.activation == Activation::LeakyRelu) {
    x = at::leaky_relu(x, 0.2);
  }
  if (options.gain != 1.0) {
    x = x * options.gain;
  }
  return options.clamp ? x.clamp(-*options.clamp, *options.clamp) : x;
}

}  // namespace panohead::nn
