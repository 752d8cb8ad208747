#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace panohead {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.99;
  double epsilon = 1e-8;
};

/// Adam (Kingma and Ba 2015) over float32 tensors, one pass over the memory for each. A tensor without a
/// gradient is skipped.
class Adam {
 public:
  Adam(NamedTensors parameters, const AdamOptions& options);

  /// Moves the parameters by their gradients, which are then dropped.
  /// @param rate learning rate
  /// @param factors of the rate, one per parameter; empty: 1
  void step(double rate, const std::vector<double>& factors = {});

  const NamedTensors& parameters() const noexcept { return parameters_; }
  /// "<prefix><name>.m", ".v" and "<prefix>steps"; written into to resume.
  NamedTensors state(const std::string& prefix) const;

 private:
  NamedTensors parameters_;
  AdamOptions options_;
  std::vector<at::Tensor> first_, second_;
  at::Tensor steps_;  // int64 [parameters]
};

/// Adam for the rows of a table of which every batch uses a few: each row has a step count of its own.
class RowAdam {
 public:
  RowAdam(at::Tensor table, const AdamOptions& options);
  /// @param rows int64 [n], each once  @param gradient [n, columns]
  void step(const at::Tensor& rows, const at::Tensor& gradient, double rate);
  NamedTensors state(const std::string& prefix) const;

 private:
  at::Tensor table_;
  AdamOptions options_;
  at::Tensor first_, second_, steps_;
};

}  // namespace panohead
