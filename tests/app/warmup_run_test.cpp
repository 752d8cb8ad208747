// Whole warm-ups of `panohead-studio train` over several ranks.
#include "tests/support/mpi.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/studio_process.h"
#include "tests/support/train_run.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

namespace panohead {
namespace {

using test::lossesOf;
using test::ProcessResult;
using test::studio;
using ::testing::HasSubstr;
using ::testing::Not;

class WarmupRun : public test::TrainRun {
 protected:
  void SetUp() override {
    if (const std::string why = test::mpiMissing(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }
  const test::ScopedEnvironment wait_{"OMP_WAIT_POLICY", "passive"};
  std::vector<std::string> warmup(int steps, const std::string& rate = "0.0015") const {
    std::vector<std::string> all = command(out_, 4, steps, {"--warmup", "--warmup-rate", rate});
    *(std::ranges::find(all, "--w-dim") + 1) = "96";  // 64 of them are the background's
    return all;
  }
  bool holds(const std::string& prefix) const {
    const std::filesystem::directory_iterator files(out_);
    return std::any_of(begin(files), end(files), [&](const auto& entry) {
      return entry.path().filename().string().starts_with(prefix);
    });
  }

  const std::filesystem::path out_ = scratch_ / "out";
};

TEST_F(WarmupRun, ItsLogTellsHowTheRanksWereStarted) {
  const ProcessResult result = test::studioRanks(2, warmup(1));
  ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
  std::ifstream stream(out_ / "log.txt");
  const std::string log{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(log, HasSubstr("2 ranks on 1 machine over MPI, 1 compute thread each"));
}

TEST_F(WarmupRun, RanksThatDriftApartStopItAtASnapshot) {
  // Each rank with a rate of its own, as one whose processor computes wrongly.
  std::vector<std::string> first{test::studioProgram()}, both, second{"-n", "1", test::studioProgram()};
  const std::vector<std::string> slow = warmup(2), fast = warmup(2, "0.003");
  first.insert(first.end(), slow.begin(), slow.end());
  both = test::mpiCommand(1, first);
  both.emplace_back(":");
  second.insert(second.end(), fast.begin(), fast.end());
  both.insert(both.end(), second.begin(), second.end());
  const ProcessResult result = test::runProcess(both);
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output + result.errors, HasSubstr("is not the same on all ranks: rank 1 differs"));
  EXPECT_FALSE(holds("network-snapshot-")) << "of weights that one rank alone has";
  EXPECT_FALSE(holds("checkpoint-"));
}

TEST_F(WarmupRun, ADeadRankStopsTheOthersWithACheckpoint) {
  bool killed = false;
  const auto watch = [&](pid_t mpirun, const std::string&) {
    if (!killed && lossesOf(out_).size() >= 2) {
      killed = true;
      kill(test::lastRankOf(mpirun), SIGKILL);
    }
  };
  const ProcessResult result = test::studioRanks(2, warmup(400), {.watch = watch});
  ASSERT_TRUE(killed) << result.output << result.errors;
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output + result.errors, HasSubstr("rank 1"));
  EXPECT_TRUE(holds("checkpoint-")) << result.output << result.errors;
  const ProcessResult alone = studio(warmup(2));
  EXPECT_EQ(alone.exit_code, 0) << alone.errors;
  EXPECT_THAT(alone.errors, HasSubstr("going on from"));
  EXPECT_THAT(alone.errors, Not(HasSubstr("learning the backgrounds")));
}

}  // namespace
}  // namespace panohead
