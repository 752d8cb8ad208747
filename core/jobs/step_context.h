#pragma once

#include "core/jobs/job.h"

namespace panohead {

/// Passes stops on and keeps progress to itself: for the small steps inside a counted one.
class StepContext final : public JobContext {
 public:
  explicit StepContext(JobContext& outer) : outer_(outer) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override { outer_.checkpoint(); }
  void notice(const std::string& sentence) override { outer_.notice(sentence); }
  std::stop_token stopToken() const override { return outer_.stopToken(); }

 private:
  JobContext& outer_;
};

}  // namespace panohead
