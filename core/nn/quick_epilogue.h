#pragma once

#include "core/nn/activation.h"

#include <ATen/core/Tensor.h>

#include <optional>

namespace panohead::nn {

struct ActivationEpilogue {
  Activation activation = Activation::LeakyRelu;
  double gain = 1.0;
  std::optional<double> clamp{};
};

/// clamp(gain * activation(y * scale + noise + bias)): what follows a modulated convolution, in one pass on
/// CPUs for float32 and bfloat16. Differentiable once.
/// @param y     [N, C, H, W]
/// @param scale [N, C] float32
/// @param bias  [C] float32, may be undefined
/// @param noise undefined, [H, W] or [N, 1, H, W], float32
at::Tensor scaleBiasAct(const at::Tensor& y,
                        const at::Tensor& scale,
                        const at::Tensor& bias,
                        const at::Tensor& noise,
                        const ActivationEpilogue& options);

/// y * scale. @param y [N, C, H, W]  @param scale [N, C] float32
at::Tensor modulate(const at::Tensor& y, const at::Tensor& scale);

/// clamp(activation(y + bias)) in one pass on CPUs for float32 and bfloat16, differentiable any number of
/// times. @param y [N, C, H, W]  @param bias [C] float32, or undefined: 0
at::Tensor quickBiasAct(const at::Tensor& y,
                        const at::Tensor& bias,
                        Activation activation,
                        std::optional<double> clamp = {});

}  // namespace panohead::nn
