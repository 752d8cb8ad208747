#include "core/training/warmup/person_codes.h"

#include "core/tensor/prelude.h"

#include <cmath>
#include <numbers>

namespace panohead {

namespace {
constexpr double kSlope = 0.2;  // of the activation below zero
}

PersonCodes::PersonCodes(const PersonCodesOptions& options, const AttributeTable* attributes)
    : options_(options), store_(ParameterStore::random(options.seed)) {
  const std::int64_t known = attributes == nullptr ? 0 : attributes->columns();
  attributes_ = at::zeros({options.people, known});
  if (known > 0) {
    attributes_.copy_(at::from_blob(const_cast<float*>(attributes->values.data()), {options.people, known}));
  }
  const Scope scope(store_);
  fc_ = nn::FullyConnected(scope / "fc", {.in = known + options.free_numbers, .out = options.head_dims});
  free_ = scope.buffer("free", {options.people, options.free_numbers}, Init::normal(0.05));
}

void PersonCodes::centre(const at::Tensor& w) {
  const at::NoGradGuard no_grad;
  fc_.bias.copy_(fromW(w.unsqueeze(0)).squeeze(0));
  fc_.weight.narrow(1, 0, attributes_.size(1)).zero_();
}

at::Tensor PersonCodes::activations(const at::Tensor& people, const at::Tensor& free) const {
  return fc_(at::cat({attributes_.index_select(0, people), free}, 1));
}

at::Tensor PersonCodes::toW(const at::Tensor& activations) const {
  return at::constant_pad_nd(at::leaky_relu(activations, kSlope) * std::numbers::sqrt2,
                             {0, options_.w_dim - options_.head_dims});
}

at::Tensor PersonCodes::fromW(const at::Tensor& w) const {
  const at::Tensor head = w.narrow(1, 0, options_.head_dims) / std::numbers::sqrt2;
  return at::where(head < 0, head / kSlope, head);
}

at::Tensor PersonCodes::operator()(const at::Tensor& people, const at::Tensor& free) const {
  return toW(activations(people, free));
}

at::Tensor PersonCodes::operator()(const at::Tensor& people) const {
  return (*this)(people, free_.index_select(0, people));
}

}  // namespace panohead
