#pragma once

#include "core/nn/activation.h"
#include "core/tensor/parameter_store.h"

#include <cmath>

namespace panohead::nn {

struct FullyConnectedOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  Activation activation = Activation::Linear;
  double lr_multiplier = 1.0;  // the weight is stored divided by it (equalised learning rate)
  double bias_init = 0.0;
};

/// Equalised fully connected layer (StyleGAN2). Names: weight [out, in], bias [out].
struct FullyConnected {
  FullyConnected() = default;
  FullyConnected(const Scope& scope, const FullyConnectedOptions& options);

  /// @param x [N, in] -> [N, out]
  at::Tensor operator()(const at::Tensor& x) const;

  /// What the stored weight is multiplied with; the bias with lr_multiplier.
  double weightGain() const { return options.lr_multiplier / std::sqrt(static_cast<double>(options.in)); }

  FullyConnectedOptions options;
  at::Tensor weight;
  at::Tensor bias;
};

}  // namespace panohead::nn
