// Runs of `panohead-studio train` that were stopped or killed and go on.
#include "core/checkpoint/checkpoint.h"
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
using test::TrainRun;
using ::testing::HasSubstr;

TEST_F(TrainRun, KilledAtAnyInstantItResumesWithTheSameNumbers) {
  constexpr int kSteps = 60;
  const auto whole = scratch_ / "whole";
  const auto killed = scratch_ / "killed";
  const ProcessResult straight = studio(command(whole, 1, kSteps));
  ASSERT_EQ(straight.exit_code, 0) << straight.errors;

  // A checkpoint about every ten batches; SIGKILL somewhere after the thirtieth.
  const std::vector<std::string> often = command(killed, 1, kSteps, {"--checkpoint-minutes", "0.01"});
  const ProcessResult first = studio(often, {.watch = [&](pid_t child, const std::string&) {
                                       if (lossesOf(killed).size() >= 30) {
                                         kill(child, SIGKILL);
                                       }
                                     }});
  ASSERT_EQ(first.exit_code, -SIGKILL) << first.errors;
  const ProcessResult second = studio(often);
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr("going on from 'checkpoint-"));

  const std::vector<Means> expected = lossesOf(whole);
  const std::vector<Means> actual = lossesOf(killed);
  ASSERT_EQ(expected.size(), std::size_t{kSteps});
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i], expected[i]) << "step " << i;  // to the last bit
  }
}

TEST_F(TrainRun, KilledBeforeItsFirstCheckpointItBeginsAgain) {
  const auto out = scratch_ / "out";
  const ProcessResult first = studio(command(out, 1, 100000), {.watch = [&](pid_t child, const std::string&) {
                                       if (!lossesOf(out).empty()) {
                                         kill(child, SIGKILL);
                                       }
                                     }});
  ASSERT_EQ(first.exit_code, -SIGKILL) << first.errors;
  ASSERT_TRUE(std::filesystem::exists(out / "network-snapshot-000000.safetensors"));
  const ProcessResult second = studio(command(out, 1, 2));
  EXPECT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(lossesOf(out).size(), 2U);
}

TEST_F(TrainRun, ACheckpointIsNoModelAndSaysWhatIs) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 1, 1)).exit_code, 0);
  const std::string checkpoint = out / "checkpoint-0000000001.safetensors";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"render", "--model", checkpoint, "--seeds", "0", "--out", scratch_ / "p"},
        {"convert", checkpoint, scratch_ / "model.safetensors"}}) {
    const ProcessResult result = studio(words);
    EXPECT_EQ(result.exit_code, 1) << words.front();
    EXPECT_THAT(result.errors, HasSubstr("0000000001.safetensors' is a checkpoint of a training run"));
    EXPECT_THAT(result.errors, HasSubstr("network-snapshot-"));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "model.safetensors"));
}

TEST_F(TrainRun, ADamagedCheckpointIsPassedOverAndNamed) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 1, 1)).exit_code, 0);
  ASSERT_EQ(studio(command(out, 1, 2)).exit_code, 0);
  std::filesystem::resize_file(out / "checkpoint-0000000002.safetensors", 1000);
  const ProcessResult again = studio(command(out, 1, 3));
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("it is called checkpoint-0000000002.safetensors.damaged now"));
  EXPECT_THAT(again.errors, HasSubstr("going on from 'checkpoint-0000000001.safetensors'"));
}

TEST_F(TrainRun, ARunFromANetworkGoesOnAsSuchWithoutResume) {
  const auto start = scratch_ / "start";
  ASSERT_EQ(studio(command(start, 1, 1)).exit_code, 0);
  const auto network = start / "network-snapshot-000000.safetensors";
  const auto whole = scratch_ / "whole";
  const auto parts = scratch_ / "parts";
  ASSERT_EQ(studio(command(whole, 1, 4, {"--resume", network})).exit_code, 0);
  ASSERT_EQ(studio(command(parts, 1, 2, {"--resume", network})).exit_code, 0);
  const ProcessResult second = studio(command(parts, 1, 4));  // with blur it would give other losses
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(lossesOf(parts), lossesOf(whole));
}

TEST_F(TrainRun, AnotherBatchIsRefusedAndTheRunCanStillGoOn) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 2, 1)).exit_code, 0);
  const ProcessResult other = studio(command(out, 4, 1));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.errors, HasSubstr("--batch: the run in"));
  const ProcessResult same = studio(command(out, 2, 2));
  EXPECT_EQ(same.exit_code, 0) << same.errors;
}

TEST_F(TrainRun, ARunGoesOnWithAnotherNumberOfRanks) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const test::ScopedEnvironment wait("OMP_WAIT_POLICY", "passive");
  const auto train = [&](const std::filesystem::path& out, int ranks, int steps) {
    const std::vector<std::string> given = command(out, 4, steps);
    const ProcessResult result = ranks == 1 ? studio(given) : test::studioRanks(ranks, given);
    ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
  };
  const auto whole = scratch_ / "whole";
  train(whole, 1, 3);
  const std::vector<Means> expected = lossesOf(whole);
  ASSERT_EQ(expected.size(), 3U);
  for (const auto& [before, after] : {std::pair(2, 1), std::pair(1, 2)}) {
    const auto out = scratch_ / (text(before) + "to" + text(after));
    train(out, before, 1);
    train(out, after, 3);
    test::expectLossesOfOneRank(lossesOf(out), expected, text(before) + " ranks, then " + text(after));
  }
}

TEST_F(TrainRun, InterruptedItWritesACheckpointAndEnds) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {  // the last: its terminal closes
    const auto out = scratch_ / std::to_string(signal);
    bool sent = false;
    const ProcessResult result =
        studio(command(out, 1, 100000), {.watch = [&](pid_t child, const std::string&) {
                 if (!sent && lossesOf(out).size() >= 2) {
                   sent = true;
                   kill(child, signal);
                 }
               }});
    ASSERT_TRUE(sent) << signal;
    EXPECT_EQ(result.exit_code, 130) << signal;
    EXPECT_THAT(result.errors, HasSubstr("checkpoint-")) << signal;
    EXPECT_THAT(result.errors, HasSubstr("finished")) << signal;
  }
}

TEST_F(TrainRun, WhereNobodyReadsItsNewsItGoesOn) {
  const auto out = scratch_ / "out";
  std::string line = "'" + test::studioProgram() + "'";
  for (const std::string& word : command(out, 1, 4)) {
    line += " '" + word + "'";
  }
  for (const char* behind : {"2>&1 | head -c 1", "2>/dev/full"}) {
    std::filesystem::remove_all(out);
    test::runProcess({"/bin/sh", "-c", line + " " + behind});
    EXPECT_EQ(lossesOf(out).size(), 4U) << behind;
  }
}

TEST_F(TrainRun, ItsFolderIsNotThatOfThePictures) {
  for (const std::filesystem::path& out : {std::filesystem::path(files_.data), files_.masks / "run"}) {
    const ProcessResult result = studio(command(out, 1, 1));
    EXPECT_EQ(result.exit_code, 2) << out;
    EXPECT_THAT(result.errors, HasSubstr("--out")) << out;
    EXPECT_FALSE(std::filesystem::exists(out / "log.txt"));
  }
}

TEST_F(TrainRun, NetworksOfOtherOptionsAreNamedInAFewWords) {
  ASSERT_EQ(studio(command(scratch_ / "out", 1, 1)).exit_code, 0);
  const std::string network = scratch_ / "out" / "network-snapshot-000000.safetensors";
  std::vector<std::string> wider = command(scratch_ / "other", 1, 1, {"--resume", network});
  *(std::ranges::find(wider, "--cmax") + 1) = "16";
  const ProcessResult result = studio(wider);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("network-snapshot-000000.safetensors"));
  EXPECT_THAT(result.errors, HasSubstr("network options"));
  EXPECT_LT(result.errors.size(), 3000U) << result.errors;
}

TEST_F(TrainRun, ACheckpointOfItsLastBatchDoesNotStandForItsNetwork) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 1, 3, {"--checkpoint-minutes", "0.0000001"})).exit_code, 0);
  // The network of the start has the same name: what was said last is of the three pictures.
  const auto images = [&] {
    SilentContext context;
    return openCheckpoint(out / "network-snapshot-000000.safetensors", context).metadata.at("images_seen");
  };
  EXPECT_EQ(images(), "3");

  // Stopped, and given a length that it has already.
  bool sent = false;
  studio(command(out, 1, 100000), {.watch = [&](pid_t child, const std::string&) {
           if (!sent && lossesOf(out).size() >= 5) {
             sent = true;
             kill(child, SIGINT);
           }
         }});
  ASSERT_TRUE(sent);
  EXPECT_EQ(images(), "3");
  ASSERT_EQ(studio(command(out, 1, 4)).exit_code, 0);
  EXPECT_GE(std::stoi(images()), 5);
}

TEST_F(TrainRun, TheDryRunOfARunThatGoesOnCountsWhatIsLeft) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 2, 1)).exit_code, 0);
  const ProcessResult result = studio(command(out, 2, 10, {"--dry-run", "--plan-ranks", "1,3"}));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("3 ranks cannot share this run"));
  EXPECT_THAT(result.output, HasSubstr("9 steps after the 2 pictures that the run in"));
}

}  // namespace
}  // namespace panohead
