#include "core/training/moving_average.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

namespace panohead {

void updateAverages(ParameterStore& generator, const at::Tensor& mean_w, const at::Tensor& mean_delta) {
  constexpr double kPublishedFactor = 0.998;
  const at::NoGradGuard no_grad;
  for (const auto& [name, mean] :
       {std::pair("backbone.mapping.w_avg", mean_w), std::pair("t_mapping.w_avg", mean_delta)}) {
    if (mean.defined() && generator.has(name)) {
      generator.at(name).copy_(mean.lerp(generator.at(name), kPublishedFactor));
    }
  }
}

void averageInto(ParameterStore& average, const ParameterStore& current, double factor) {
  if (average.entries().size() != current.entries().size()) {
    throw Error("the moving average belongs to another network");
  }
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> averages, values;
  for (std::size_t i = 0; i < current.entries().size(); ++i) {
    const ParameterStore::Entry& entry = current.entries()[i];
    if (entry.is_parameter && factor != 0) {  // else whatever the average was, even not a number, is gone
      averages.push_back(average.entries()[i].tensor);
      values.push_back(entry.tensor.to(averages.back().device()));
    } else {
      average.entries()[i].tensor.copy_(entry.tensor);
    }
  }
  if (!averages.empty()) {
    at::_foreach_lerp_(averages, values, 1.0 - factor);
  }
}

}  // namespace panohead
