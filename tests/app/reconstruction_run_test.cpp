// Whole runs that keep the people of a warm-up beside the adversary.
#include "tests/support/mpi.h"
#include "tests/support/places.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/studio_process.h"
#include "tests/support/train_run.h"

#include <gmock/gmock.h>

#include <csignal>

namespace panohead {
namespace {

using test::lossesOf;
using test::Means;
using test::ProcessResult;
using test::studio;
using ::testing::HasSubstr;

/// Four people, one of them held out.
class ReconstructionRun : public test::TrainRun {
 protected:
  std::vector<std::string> wide(std::vector<std::string> all) const {
    *(std::ranges::find(all, "--w-dim") + 1) = "80";  // 64 of them are the background's
    return all;
  }
  std::vector<std::string> warmup(const std::filesystem::path& out,
                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> options{"--warmup", "--held-out", "1"};
    options.insert(options.end(), more.begin(), more.end());
    return wide(command(out, 4, 4, options));
  }
  std::vector<std::string> beside(const std::filesystem::path& out,
                                  int batch,
                                  int steps,
                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> options{"--reconstruction", "2", "--noise-mode", "const", "--mirror", "true"};
    options.insert(options.end(), more.begin(), more.end());
    return wide(command(out, batch, steps, options));
  }
  static std::vector<std::string> from(const std::filesystem::path& network) { return {"--resume", network}; }

  const std::filesystem::path start_ = scratch_ / "warmup";
  const std::filesystem::path network_ = start_ / "network-snapshot-000000.safetensors";
  const std::filesystem::path codes_ = start_ / "codes-000000.safetensors";
};

TEST_F(ReconstructionRun, KilledItResumesWithTheSameNumbersAndAsksForItsCodes) {
  constexpr int kSteps = 30;
  ASSERT_EQ(studio(warmup(start_)).exit_code, 0);
  const auto whole = scratch_ / "whole";
  const auto killed = scratch_ / "killed";
  const std::vector<std::string> more{"--resume", network_, "--reconstruction-fade-kimg", "0.1"};
  const ProcessResult straight = studio(beside(whole, 1, kSteps, more));
  ASSERT_EQ(straight.exit_code, 0) << straight.errors;
  EXPECT_THAT(straight.errors, HasSubstr("draws 3 of the 4 people of the data beside the adversary"));
  const std::vector<Means> expected = lossesOf(whole);
  ASSERT_EQ(expected.size(), std::size_t{kSteps});
  int drawn = 0;
  for (const Means& means : expected) {
    drawn += means.at("Loss/G/reconstruction") > 0 ? 1 : 0;
  }
  EXPECT_GT(drawn, kSteps / 2);
  EXPECT_LT(drawn, kSteps) << "one in four is held out";

  const std::vector<std::string> often =
      beside(killed,
             1,
             kSteps,
             {"--resume", network_, "--reconstruction-fade-kimg", "0.1", "--checkpoint-minutes", "0.01"});
  const ProcessResult first = studio(often, {.watch = [&](pid_t child, const std::string&) {
                                       if (lossesOf(killed).size() >= 15) {
                                         kill(child, SIGKILL);
                                       }
                                     }});
  ASSERT_EQ(first.exit_code, -SIGKILL) << first.errors;

  // Its codes are looked for where they were, and may move.
  const auto moved = scratch_ / "moved.safetensors";
  std::filesystem::rename(codes_, moved);
  const ProcessResult lost = studio({"train", "--out", killed});
  EXPECT_EQ(lost.exit_code, 2);
  EXPECT_THAT(lost.errors, HasSubstr(codes_.string()));
  EXPECT_THAT(lost.errors, HasSubstr("--codes"));
  const ProcessResult second = studio({"train", "--out", killed, "--codes", moved, "--threads", "1"});
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr("going on from 'checkpoint-"));
  const std::vector<Means> actual = lossesOf(killed);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i], expected[i]) << "step " << i;  // to the last bit
  }
}

TEST_F(ReconstructionRun, RanksTogetherHaveTheLossesOfOne) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const test::ScopedEnvironment wait("OMP_WAIT_POLICY", "passive");
  ASSERT_EQ(studio(warmup(start_)).exit_code, 0);
  const auto one = scratch_ / "one";
  const auto two = scratch_ / "two";
  ASSERT_EQ(studio(beside(one, 4, 3, from(network_))).exit_code, 0);
  const ProcessResult result = test::studioRanks(2, beside(two, 4, 3, from(network_)));
  ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
  const std::vector<Means> expected = lossesOf(one);
  ASSERT_TRUE(expected.front().contains("Loss/G/reconstruction"));
  test::expectLossesOfOneRank(lossesOf(two), expected, "2 ranks");
}

TEST_F(ReconstructionRun, CodesOfANetworkThatHasNoneAreLearnedAlone) {
  const auto plain = scratch_ / "plain";
  ASSERT_EQ(studio(wide(command(plain, 1, 1))).exit_code, 0);
  const auto network = plain / "network-snapshot-000000.safetensors";
  const ProcessResult none = studio(beside(scratch_ / "out", 1, 1, from(network)));
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.errors, HasSubstr("--warmup-codes-only"));

  const ProcessResult learned = studio(warmup(start_, {"--warmup-codes-only", "--resume", network}));
  ASSERT_EQ(learned.exit_code, 0) << learned.errors;
  for (const std::vector<std::string>& named :
       {std::vector<std::string>{"--resume", network, "--codes", codes_}, from(network_)}) {
    std::vector<std::string> dry = beside(scratch_ / "out", 1, 2, named);
    dry.emplace_back("--dry-run");
    const ProcessResult planned = studio(dry);
    EXPECT_EQ(planned.exit_code, 0) << planned.errors;
  }
  const ProcessResult result = studio(beside(scratch_ / "out", 1, 2, from(network_)));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(lossesOf(scratch_ / "out").size(), 2U);

  // The run knows what it was begun from; a run that follows it finds the codes beside its network.
  std::vector<std::string> longer = beside(scratch_ / "out", 1, 3);
  longer.emplace_back("--dry-run");
  const ProcessResult planned = studio(longer);
  EXPECT_EQ(planned.exit_code, 0) << planned.errors;
  const ProcessResult third = studio(
      beside(scratch_ / "third", 1, 1, from(scratch_ / "out" / "network-snapshot-000000.safetensors")));
  EXPECT_EQ(third.exit_code, 0) << third.errors;
}

}  // namespace
}  // namespace panohead
