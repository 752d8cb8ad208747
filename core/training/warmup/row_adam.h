#pragma once

#include "core/training/adam.h"

namespace panohead {

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
