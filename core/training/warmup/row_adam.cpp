#include "core/training/warmup/row_adam.h"

#include "core/tensor/prelude.h"

namespace panohead {

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
