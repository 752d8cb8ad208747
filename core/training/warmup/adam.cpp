#include "core/training/warmup/adam.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : parameters_) {
    first_.push_back(at::zeros(tensor.sizes(), tensor.options().requires_grad(false)));
    second_.push_back(at::zeros(tensor.sizes(), tensor.options().requires_grad(false)));
  }
  steps_ = at::zeros({static_cast<std::int64_t>(parameters_.size())}, at::kLong);
}

void Adam::step(double rate, const std::vector<double>& factors) {
  const at::NoGradGuard no_grad;
  auto* const steps = steps_.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& parameter = parameters_[i].second;
    if (!parameter.grad().defined()) {
      continue;
    }
    const at::Tensor gradient = parameter.grad().contiguous();
    const auto t = static_cast<double>(++steps[i]);
    const double correction1 = 1 - std::pow(options_.beta1, t);
    const double correction2 = 1 - std::pow(options_.beta2, t);
    const auto rate_now = static_cast<float>(rate * (factors.empty() ? 1.0 : factors[i]) / correction1);
    const auto root = static_cast<float>(1 / std::sqrt(correction2));
    const auto b1 = static_cast<float>(options_.beta1);
    const auto b2 = static_cast<float>(options_.beta2);
    const auto epsilon = static_cast<float>(options_.epsilon);
    float* const p = parameter.data_ptr<float>();
    float* const m = first_[i].data_ptr<float>();
    float* const v = second_[i].data_ptr<float>();
    const float* const g = gradient.data_ptr<float>();
    const std::int64_t count = parameter.numel();
    for (std::int64_t k = 0; k < count; ++k) {
      m[k] = b1 * m[k] + (1 - b1) * g[k];
      v[k] = b2 * v[k] + (1 - b2) * g[k] * g[k];
      p[k] -= rate_now * m[k] / (std::sqrt(v[k]) * root + epsilon);
    }
    parameter.mutable_grad() = at::Tensor();
  }
}

NamedTensors Adam::state(const std::string& prefix) const {
  NamedTensors state{{prefix + "steps", steps_}};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back(prefix + parameters_[i].first + ".m", first_[i]);
    state.emplace_back(prefix + parameters_[i].first + ".v", second_[i]);
  }
  return state;
}

RowAdam::RowAdam(at::Tensor table, const AdamOptions& options) : table_(std::move(table)), options_(options) {
  const at::NoGradGuard no_grad;
  first_ = at::zeros_like(table_).detach();
  second_ = at::zeros_like(table_).detach();
  steps_ = at::zeros({table_.size(0), 1}, at::kFloat);
}

void RowAdam::step(const at::Tensor& rows, const at::Tensor& gradient, double rate) {
  const at::NoGradGuard no_grad;
  const at::Tensor t = steps_.index_select(0, rows) + 1;
  const at::Tensor m = first_.index_select(0, rows) * options_.beta1 + gradient * (1 - options_.beta1);
  const at::Tensor v =
      second_.index_select(0, rows) * options_.beta2 + gradient.square() * (1 - options_.beta2);
  const at::Tensor corrected = m / (1 - at::pow(options_.beta1, t));
  const at::Tensor scale = (v / (1 - at::pow(options_.beta2, t))).sqrt() + 1e-10;
  table_.index_add_(0, rows, corrected / scale * -rate);
  steps_.index_copy_(0, rows, t);
  first_.index_copy_(0, rows, m);
  second_.index_copy_(0, rows, v);
}

NamedTensors RowAdam::state(const std::string& prefix) const {
  return {{prefix + "m", first_}, {prefix + "v", second_}, {prefix + "t", steps_}};
}

}  // namespace panohead
