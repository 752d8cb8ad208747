// Several ranks under mpirun; what each does is in tests/ranks/rank_program.cpp.
#include "tests/support/mpi.h"
#include "tests/support/places.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace panohead::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProcessResult run(int ranks, const std::vector<std::string>& mode) {
  std::vector<std::string> command{rankProgram()};
  command.insert(command.end(), mode.begin(), mode.end());
  return runRanks(ranks, command, {.timeout = std::chrono::seconds(60)});
}

class Ranks : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (const std::string missing = mpiMissing(); !missing.empty()) {
      GTEST_SKIP() << missing;
    }
  }
};

TEST_P(Ranks, ExchangeTheSameBitsEveryTime) {
  const ProcessResult result = run(GetParam(), {"exchange"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_P(Ranks, AverageCleanAndCompare) {
  const ProcessResult result = run(GetParam(), {"gradients"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_P(Ranks, TellEachOtherTexts) {
  const ProcessResult result = run(GetParam(), {"texts"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_P(Ranks, NoticeAKilledRank) {
  const ProcessResult result = run(GetParam(), {"kill", "1"});
  for (int rank = 0; rank < GetParam(); ++rank) {
    const auto told = HasSubstr(fmt::format(
        "survivor {}: the exchange between the ranks of this run broke off: rank 1 died; lost 1, writer 0",
        rank));
    EXPECT_THAT(result.errors, rank == 1 ? ::testing::Matcher<std::string>(Not(told)) : told);
  }
  EXPECT_THAT(result.errors, HasSubstr("written by 0"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, NoticeAKilledRankAlsoUnderAPlainMpirun) {
  const ProcessResult result = runProcess(mpiCommand(GetParam(), {rankProgram(), "kill", "1"}, {}),
                                          {.timeout = std::chrono::seconds(60)});
  EXPECT_THAT(result.errors,
              HasSubstr("survivor 0: the exchange between the ranks of this run broke off: rank 1 died"));
  EXPECT_THAT(result.errors, HasSubstr("written by 0"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, AnotherRankWritesWhenTheFirstDies) {
  const ProcessResult result = run(GetParam(), {"kill", "0"});
  EXPECT_THAT(result.errors, HasSubstr("rank 0 died; lost 0, writer 1"));
  EXPECT_THAT(result.errors, HasSubstr("written by 1"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, NoticeADeathInTheMiddleOfALargeTransfer) {
  const ProcessResult result = run(GetParam(), {"kill-in-transfer", "1"});
  EXPECT_THAT(result.errors,
              HasSubstr("survivor 0: the exchange between the ranks of this run broke off: rank 1"));
  EXPECT_THAT(result.errors, HasSubstr("written by 0"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, NoticeARankThatLeftThroughAnException) {
  const ProcessResult result = run(GetParam(), {"exception", "1"});
  EXPECT_THAT(result.errors, HasSubstr("wrong: the loss is no longer a number"));
  EXPECT_THAT(
      result.errors,
      HasSubstr(
          "survivor 0: the exchange between the ranks of this run broke off: rank 1 ended with an error"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, GiveUpARankThatHangsAndEndIt) {
  const ProcessResult result = run(GetParam(), {"stop", "1"});
  EXPECT_THAT(result.errors, HasSubstr("rank 1 has not answered for 2 s; lost 1, writer 0"));
  EXPECT_THAT(result.errors, HasSubstr("written by 0"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, EndWhenOneNeverComes) {
  const ProcessResult result = run(GetParam(), {"absent", "1"});
  EXPECT_THAT(result.errors, HasSubstr("the ranks of this run did not all start"));
  EXPECT_GT(result.exit_code, 0) << "mpirun itself must tell, not the test's patience end it";
}

TEST_P(Ranks, WaitForABusyRankThatSaysSo) {
  const ProcessResult result = run(GetParam(), {"patience"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

INSTANTIATE_TEST_SUITE_P(OnThisMachine, Ranks, ::testing::Values(2, 4));

}  // namespace
}  // namespace panohead::test
