#include "core/training/adam.h"

#include "core/tensor/prelude.h"

namespace panohead {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, tensor] : parameters_) {
    average_.push_back(at::zeros_like(tensor).detach());
    square_.push_back(at::zeros_like(tensor).detach());
    steps_.push_back(at::zeros({}, tensor.options().requires_grad(false)));
  }
}

void Adam::step() {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> values, gradients, average, square, steps;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& gradient = parameters_[i].second.grad();
    if (gradient.defined()) {
      values.push_back(parameters_[i].second);
      gradients.push_back(gradient);
      average.push_back(average_[i]);
      square.push_back(square_[i]);
      steps.push_back(steps_[i]);
    }
  }
  if (values.empty()) {
    return;
  }
  at::_foreach_add_(steps, 1);
  at::_fused_adam_(values,
                   gradients,
                   average,
                   square,
                   {},
                   steps,
                   options_.rate,
                   options_.beta1,
                   options_.beta2,
                   0.0,
                   options_.epsilon,
                   false,
                   false);
}

void Adam::clearGradients() {
  for (auto& [name, tensor] : parameters_) {
    tensor.mutable_grad().reset();
  }
}

Adam::NamedTensors Adam::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].first;
    state.emplace_back(name + ".average", average_[i]);
    state.emplace_back(name + ".square", square_[i]);
    state.emplace_back(name + ".steps", steps_[i]);
  }
  return state;
}

}  // namespace panohead
