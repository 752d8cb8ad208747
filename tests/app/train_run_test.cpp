// Whole runs of `panohead-studio train` on small sets: killed and resumed, over several ranks, and out of
// luck.
#include "tests/support/dataset_files.h"
#include "tests/support/mpi.h"
#include "tests/support/places.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <csignal>
#include <fstream>
#include <map>

namespace panohead {
namespace {

using test::DatasetFiles;
using test::ProcessResult;
using test::studio;
using ::testing::HasSubstr;

using Means = std::map<std::string, double>;

/// Losses and scores of every line of stats.jsonl.
std::vector<Means> lossesOf(const std::filesystem::path& run) {
  std::ifstream stream(run / "stats.jsonl");
  std::vector<Means> lines;
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      break;  // being written
    }
    Means means;
    for (const auto& [name, moments] : json.items()) {
      if (name.starts_with("Loss/")) {
        means[name] = moments.at("mean").is_null() ? NAN : moments.at("mean").get<double>();
      }
    }
    lines.push_back(std::move(means));
  }
  return lines;
}

/// A data set of eight pictures of 128 px and the smallest networks; every batch is a tick.
class TrainRun : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::filesystem::path& out,
                                   int batch,
                                   int steps,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"train",
                                 "--preset",
                                 "smoke",
                                 "--data",
                                 files_.data,
                                 "--masks",
                                 files_.masks,
                                 "--out",
                                 out,
                                 "--batch",
                                 text(batch),
                                 "--mbstd-group",
                                 batch > 1 ? "2" : "1",
                                 "--kimg",
                                 text(batch * steps / 1e3),
                                 "--tick",
                                 text(batch / 1e3),
                                 "--snap",
                                 "1000",
                                 "--cbase",
                                 "256",
                                 "--cmax",
                                 "8",
                                 "--z-dim",
                                 "32",
                                 "--w-dim",
                                 "32",
                                 "--d-cbase",
                                 "256",
                                 "--d-cmax",
                                 "8",
                                 "--depth-resolution",
                                 "4",
                                 "--depth-resolution-importance",
                                 "4",
                                 "--neural-rendering-resolution-initial",
                                 "16",
                                 "--d-map-depth",
                                 "1",
                                 "--style-mixing-prob",
                                 "0.5",
                                 "--threads",
                                 "1",
                                 "--d-reg-interval",
                                 "4"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::string text(int value) { return std::to_string(value); }
  static std::string text(double value) { return std::to_string(value); }

  DatasetFiles files_{8, 128};
  test::ScratchFolder scratch_;
};

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

TEST_F(TrainRun, SeveralRanksGiveTheNumbersOfOneWithTheWholeBatch) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  setenv("OMP_WAIT_POLICY", "passive", 1);
  const auto one = scratch_ / "one";
  const ProcessResult alone = studio(command(one, 8, 2));
  ASSERT_EQ(alone.exit_code, 0) << alone.errors;
  const std::vector<Means> expected = lossesOf(one);
  ASSERT_EQ(expected.size(), 2U);
  for (const int ranks : {2, 4}) {
    const auto out = scratch_ / ("ranks" + text(ranks));
    std::vector<std::string> all{test::studioProgram()};
    const std::vector<std::string> arguments = command(out, 8, 2);
    all.insert(all.end(), arguments.begin(), arguments.end());
    const ProcessResult result = test::runRanks(ranks, all);
    ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
    const std::vector<Means> actual = lossesOf(out);
    ASSERT_EQ(actual.size(), expected.size()) << ranks << " ranks";
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (const auto& [name, value] : expected[i]) {
        ASSERT_TRUE(actual[i].contains(name)) << name;
        // The first step's losses differ by rounding alone; Adam's first move is the sign of the gradient,
        // which rounding turns where the gradient is all but zero.
        const double allowed = (i == 0 ? 1e-5 : 1e-3) * std::max(1.0, std::abs(value));
        EXPECT_NEAR(actual[i].at(name), value, allowed)
            << name << " of step " << i << " on " << ranks << " ranks";
      }
    }
  }
}

TEST_F(TrainRun, ARunOfTwoRanksGoesOnAlone) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const auto out = scratch_ / "out";
  std::vector<std::string> all{test::studioProgram()};
  const std::vector<std::string> arguments = command(out, 4, 1);
  all.insert(all.end(), arguments.begin(), arguments.end());
  const ProcessResult two = test::runRanks(2, all);
  ASSERT_EQ(two.exit_code, 0) << two.output << two.errors;
  const ProcessResult alone = studio(command(out, 4, 2));
  ASSERT_EQ(alone.exit_code, 0) << alone.errors;
  EXPECT_EQ(lossesOf(out).size(), 2U);
}

TEST_F(TrainRun, ADeadRankStopsTheOthersWithACheckpointAndAMessage) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const auto out = scratch_ / "out";
  std::vector<std::string> all{test::studioProgram()};
  const std::vector<std::string> arguments = command(out, 4, 400);
  all.insert(all.end(), arguments.begin(), arguments.end());
  bool killed = false;
  const ProcessResult result =
      test::runRanks(2, all, {.watch = [&](pid_t mpirun, const std::string&) {
                       if (!killed && lossesOf(out).size() >= 2) {
                         killed = true;  // the last child of mpirun is rank 1
                         std::ifstream children("/proc/" + std::to_string(mpirun) + "/task/" +
                                                std::to_string(mpirun) + "/children");
                         pid_t last = 0;
                         for (pid_t child = 0; children >> child;) {
                           last = child;
                         }
                         kill(last, SIGKILL);
                       }
                     }});
  ASSERT_TRUE(killed) << result.output << result.errors;
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output + result.errors, HasSubstr("rank 1"));
  bool checkpoint = false;
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    checkpoint = checkpoint || entry.path().filename().string().starts_with("checkpoint-");
  }
  EXPECT_TRUE(checkpoint) << result.output << result.errors;
  const ProcessResult alone = studio(command(out, 4, 1));  // longer already: nothing to do, nothing lost
  EXPECT_EQ(alone.exit_code, 0) << alone.errors;
}

TEST_F(TrainRun, InterruptedItWritesACheckpointAndEnds) {
  const auto out = scratch_ / "out";
  bool sent = false;
  const ProcessResult result =
      studio(command(out, 1, 100000), {.watch = [&](pid_t child, const std::string&) {
               if (!sent && lossesOf(out).size() >= 2) {
                 sent = true;
                 kill(child, SIGINT);
               }
             }});
  ASSERT_TRUE(sent);
  EXPECT_THAT(result.errors, HasSubstr("checkpoint-"));
  EXPECT_THAT(result.errors, HasSubstr("finished"));
}

TEST_F(TrainRun, ACorruptPictureIsSkippedCountedAndNamed) {
  files_.cutOff(files_.data / DatasetFiles::pictureName(3));
  const auto out = scratch_ / "out";
  const ProcessResult result = studio(command(out, 4, 3));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr(DatasetFiles::pictureName(3)));
  EXPECT_EQ(lossesOf(out).size(), 3U);
}

TEST_F(TrainRun, ALossThatIsNoNumberStopsTheRunAndWritesNothingBad) {
  const auto healthy = scratch_ / "healthy";
  ASSERT_EQ(studio(command(healthy, 1, 1)).exit_code, 0);
  // The file's last numbers, weights of D, become NaN.
  const auto sick = scratch_ / "sick.safetensors";
  std::filesystem::copy_file(healthy / "network-snapshot-000000.safetensors", sick);
  std::fstream file(sick, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-64, std::ios::end);
  file << std::string(64, static_cast<char>(0xFF));
  file.close();
  const auto out = scratch_ / "out";
  const ProcessResult result = studio(command(out, 1, 40, {"--resume", sick}));
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("not a number any more"));
  EXPECT_THAT(result.errors, HasSubstr("last good checkpoint"));
  EXPECT_THAT(result.errors, HasSubstr("parameters with NaN or infinity: D."));
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("checkpoint-")) << entry.path();
  }
}

TEST_F(TrainRun, OutOfMemoryItSaysWhatToLower) {
  std::string line = "ulimit -v 6000000; exec";
  std::vector<std::string> all{test::studioProgram()};
  const std::vector<std::string> arguments = command(scratch_ / "out", 1024, 1);
  all.insert(all.end(), arguments.begin(), arguments.end());
  for (const std::string& word : all) {
    line += " '" + word + "'";
  }
  const ProcessResult result = test::runProcess({"/bin/bash", "-c", line});
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("out of memory"));
  EXPECT_THAT(result.errors, HasSubstr("--batch-gpu"));
}

TEST_F(TrainRun, TheDryRunPrintsPlanTableMemoryAndTimes) {
  const ProcessResult result = studio(command(scratch_ / "out", 8, 1000, {"--dry-run"}));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  for (const char* part : {"backbone.synthesis", "superresolution", "GB", "ranks", "kimg"}) {
    EXPECT_THAT(result.output, HasSubstr(part));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out"));
}

TEST_F(TrainRun, ItsNetworkFileIsAModel) {
  const auto out = scratch_ / "out";
  ASSERT_EQ(studio(command(out, 1, 1)).exit_code, 0);
  const ProcessResult info = studio({"info", out / "network-snapshot-000000.safetensors"});
  EXPECT_EQ(info.exit_code, 0) << info.errors;
  EXPECT_THAT(info.output, HasSubstr("G_ema"));
  const ProcessResult drawn = studio({"render",
                                      "--model",
                                      out / "network-snapshot-000000.safetensors",
                                      "--seeds",
                                      "1",
                                      "--out",
                                      scratch_ / "pictures"});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.errors;
}

}  // namespace
}  // namespace panohead
