#include "core/training/adam.h"

#include "core/tensor/prelude.h"

#include <map>

namespace panohead {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, tensor] : parameters_) {
    average_.push_back(at::zeros_like(tensor).detach());
    square_.push_back(at::zeros_like(tensor).detach());
    steps_.push_back(at::zeros({}, tensor.options().requires_grad(false)));
  }
}

void Adam::step(double rate, const std::vector<double>& factors) {
  const at::NoGradGuard no_grad;
  struct Group {  // parameters of one rate: one call of the fused kernel
    std::vector<at::Tensor> values, gradients, average, square, steps;
  };
  std::map<double, Group> groups;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& gradient = parameters_[i].second.grad();
    if (gradient.defined()) {
      Group& group = groups[factors.empty() ? 1.0 : factors[i]];
      group.values.push_back(parameters_[i].second);
      group.gradients.push_back(
          gradient.contiguous());  // the kernel knows no strides; channels-last has some
      group.average.push_back(average_[i]);
      group.square.push_back(square_[i]);
      group.steps.push_back(steps_[i]);
    }
  }
  for (auto& [factor, group] : groups) {
    at::_foreach_add_(group.steps, 1);
    at::_fused_adam_(group.values,
                     group.gradients,
                     group.average,
                     group.square,
                     {},
                     group.steps,
                     rate * factor,
                     options_.beta1,
                     options_.beta2,
                     0.0,
                     options_.epsilon,
                     false,
                     false);
  }
}

void Adam::clearGradients() {
  for (auto& [name, tensor] : parameters_) {
    tensor.mutable_grad().reset();
  }
}

NamedTensors Adam::state(const std::string& prefix) const {
  NamedTensors state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string name = prefix + parameters_[i].first;
    state.emplace_back(name + ".average", average_[i]);
    state.emplace_back(name + ".square", square_[i]);
    state.emplace_back(name + ".steps", steps_[i]);
  }
  return state;
}

}  // namespace panohead
