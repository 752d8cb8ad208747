#include "core/nn/fully_connected.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

FullyConnected::FullyConnected(const Scope& scope, const FullyConnectedOptions& o) : options(o) {
  weight = scope.parameter("weight", {o.out, o.in}, Init::normal(1.0 / o.lr_multiplier));
  bias = scope.parameter("bias", {o.out}, Init::constant(o.bias_init));
}

at::Tensor FullyConnected::operator()(const at::Tensor& x) const {
  const at::Tensor y = at::addmm(bias, x, weight.t(), options.lr_multiplier, weightGain());
  return biasAct(y, {}, {options.activation, defaultGain(options.activation), {}});
}

}  // namespace panohead::nn
