#pragma once

#include "core/tensor/tensor_fwd.h"

#include <optional>

namespace panohead::nn {

enum class Activation { Linear, LeakyRelu };

/// Slope 0.2 below zero; the gain keeps the variance (StyleGAN2): sqrt 2 for leaky ReLU, 1 for linear.
double defaultGain(Activation activation) noexcept;

struct BiasActOptions {
  Activation activation = Activation::Linear;
  double gain = 1.0;              // multiplies the activation
  std::optional<double> clamp{};  // after the gain, to [-clamp, clamp]
};

/// clamp(gain * activation(x + bias)), bias along dimension 1 (or the last of a matrix).
/// Works in place on x where no gradient is recorded: pass a tensor of your own.
/// @param x [N, C, ...]
/// @param bias [C], may be undefined
at::Tensor biasAct(at::Tensor x, const at::Tensor& bias, const BiasActOptions& options);

}  // namespace panohead::nn
