#include "core/jobs/step_context.h"

#include "core/base/error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace panohead {
namespace {

class Outer final : public JobContext {
 public:
  void report(const Progress& progress) override { reports.push_back(progress.stage); }
  void preview(Frame) override { reports.emplace_back("preview"); }
  void checkpoint() override { throw Cancelled(); }
  void notice(const std::string& sentence) override { notices.push_back(sentence); }
  std::stop_token stopToken() const override { return {}; }

  std::vector<std::string> reports, notices;
};

TEST(StepContext, PassesStopsAndNoticesOnAndKeepsProgressToItself) {
  Outer outer;
  StepContext step(outer);
  step.report({"drawing", 1, 2, {}});
  step.preview({});
  step.notice("a GPU gave up");
  EXPECT_THROW(step.checkpoint(), Cancelled);
  EXPECT_TRUE(outer.reports.empty());
  EXPECT_EQ(outer.notices, std::vector<std::string>{"a GPU gave up"});
}

}  // namespace
}  // namespace panohead
