#pragma once

#include "core/base/error.h"
#include "core/jobs/job.h"
#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/function.h>

namespace panohead::test {

/// Counts the looks for a stop while a gradient is taken; cancels at one of them where it is told to.
class GradientLooks final : public JobContext {
 public:
  /// @param last the look within gradients that cancels; 0: none
  explicit GradientLooks(int last = 0) : last_(last) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {
    if (torch::autograd::get_current_node() && ++within == last_) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }

  int within = 0;

 private:
  int last_;
};

}  // namespace panohead::test
