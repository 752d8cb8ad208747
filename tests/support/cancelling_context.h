#pragma once

#include "core/base/error.h"
#include "core/jobs/job.h"

#include <set>
#include <string>

namespace panohead::test {

/// Cancels at the checkpoint after so many, and remembers which stages it saw.
class CancellingContext final : public JobContext {
 public:
  explicit CancellingContext(int after) : left_(after) {}
  void report(const Progress& progress) override { stages.insert(progress.stage); }
  void preview(Frame) override {}
  void checkpoint() override {
    if (left_-- <= 0) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }

  std::set<std::string> stages;

 private:
  int left_;
};

}  // namespace panohead::test
