// Whole runs of `panohead-studio train` on small sets: over several ranks, and out of luck.
#include "tests/support/train_run.h"

#include "core/checkpoint/checkpoint.h"
#include "tests/support/mpi.h"
#include "tests/support/places.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace panohead {
namespace {

using test::DatasetFiles;
using test::lossesOf;
using test::Means;
using test::ProcessResult;
using test::studio;
using test::TrainRun;
using ::testing::HasSubstr;

/// Every number of the last network file of a short run, by network and tensor.
std::map<std::string, std::vector<float>> weightsOf(const std::filesystem::path& run) {
  SilentContext context;
  const Checkpoint file = openCheckpoint(run / "network-snapshot-000000.safetensors", context);
  std::map<std::string, std::vector<float>> weights;
  for (const NetworkState& network : file.networks) {
    for (const TensorRecord& record : network.tensors) {
      if (record.dtype == DType::F32) {
        std::vector<float>& values = weights[network.key + "." + record.name];
        values.resize(static_cast<std::size_t>(record.elementCount()));
        copyElements(record, 0, record.elementCount(), reinterpret_cast<std::byte*>(values.data()));
      }
    }
  }
  return weights;
}

/// Two steps of Adam apart at most, and all but a few as near as rounding leaves them: where a gradient is
/// all but zero, rounding turns the sign of Adam's step.
void expectSameWeights(const std::filesystem::path& run, const std::filesystem::path& other) {
  constexpr float kMost = 8 * 0.0025F;  // a few learning rates
  constexpr float kRounding = 1e-4F;
  constexpr double kTurned = 0.02;
  const auto expected = weightsOf(run);
  const auto actual = weightsOf(other);
  ASSERT_GT(expected.size(), 100U);
  double count = 0;
  double turned = 0;
  for (const auto& [name, values] : expected) {
    ASSERT_TRUE(actual.contains(name)) << name;
    const std::vector<float>& found = actual.at(name);
    ASSERT_EQ(found.size(), values.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float difference = std::abs(found[i] - values[i]);
      ASSERT_LE(difference, kMost) << name << " at " << i;
      turned += difference > kRounding ? 1 : 0;
    }
    count += static_cast<double>(values.size());
  }
  EXPECT_LT(turned / count, kTurned);
}

TEST_F(TrainRun, TheLogTellsTheSecondsOfEveryPhase) {
  const auto out = scratch_ / "out";
  const ProcessResult result = studio(command(out, 1, 1));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors,
              ::testing::ContainsRegex("sec/kimg [0-9.]+ .Gmain [0-9.]+, Dmain [0-9.]+, Dreg"));
}

TEST_F(TrainRun, SeveralRanksGiveTheNumbersOfOneWithTheWholeBatch) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const test::ScopedEnvironment wait("OMP_WAIT_POLICY", "passive");
  const auto one = scratch_ / "one";
  const ProcessResult alone = studio(command(one, 8, 2));
  ASSERT_EQ(alone.exit_code, 0) << alone.errors;
  const std::vector<Means> expected = lossesOf(one);
  ASSERT_EQ(expected.size(), 2U);
  for (const int ranks : {2, 4}) {
    const auto out = scratch_ / ("ranks" + text(ranks));
    const ProcessResult result = test::studioRanks(ranks, command(out, 8, 2));
    ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
    test::expectLossesOfOneRank(lossesOf(out), expected, text(ranks) + " ranks");
    expectSameWeights(one, out);
  }
}

TEST_F(TrainRun, ADeadRankStopsTheOthersWithACheckpointAndAMessage) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const auto out = scratch_ / "out";
  bool killed = false;
  const auto watch = [&](pid_t mpirun, const std::string&) {
    if (!killed && lossesOf(out).size() >= 2) {
      killed = true;
      kill(test::lastRankOf(mpirun), SIGKILL);
    }
  };
  const ProcessResult result = test::studioRanks(2, command(out, 4, 400), {.watch = watch});
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

TEST_F(TrainRun, ARankThatIsLostWhileItLoadsLeavesNoCheckpointOfRandomWeights) {
  if (const std::string why = test::mpiMissing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const auto out = scratch_ / "out";
  DatasetFiles::writeText(scratch_ / "bad.safetensors", "no model");
  const ProcessResult result =
      test::studioRanks(2, command(out, 4, 1, {"--resume", scratch_ / "bad.safetensors"}));
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output + result.errors, HasSubstr("bad.safetensors"));
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("checkpoint-")) << entry.path();
  }
  const ProcessResult again = studio(command(out, 4, 1));
  EXPECT_EQ(again.exit_code, 0) << again.errors;
}

TEST_F(TrainRun, ACorruptPictureIsSkippedCountedAndNamed) {
  files_.cutOff(files_.data / DatasetFiles::pictureName(3));
  const auto out = scratch_ / "out";
  const ProcessResult result = studio(command(out, 4, 3));
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr(DatasetFiles::pictureName(3)));
  EXPECT_THAT(result.errors, HasSubstr("skipped 1"));
  EXPECT_EQ(lossesOf(out).size(), 3U);
}

TEST_F(TrainRun, ALossThatIsNoNumberStopsTheRunAndWritesNothingBad) {
  const auto healthy = scratch_ / "healthy";
  ASSERT_EQ(studio(command(healthy, 1, 1)).exit_code, 0);
  // The file's last numbers, weights of D, become so large that no loss holds them.
  const auto sick = scratch_ / "sick.safetensors";
  std::filesystem::copy_file(healthy / "network-snapshot-000000.safetensors", sick);
  std::fstream file(sick, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-64, std::ios::end);
  file << std::string(64, 0x7B);  // 1.3e36 in float32: files with NaN are not opened
  file.close();
  const auto out = scratch_ / "out";
  const ProcessResult result = studio(command(out, 1, 40, {"--resume", sick}));
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("not a number any more"));
  EXPECT_THAT(result.errors, HasSubstr("last good checkpoint"));
  EXPECT_THAT(result.errors, HasSubstr("parameters with NaN or infinity: D_adam."));
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("checkpoint-")) << entry.path();
  }
}

TEST_F(TrainRun, ASetOfOnePictureTrains) {
  const DatasetFiles one(1, 128);
  const auto out = scratch_ / "out";
  std::vector<std::string> arguments = command(out, 2, 2);
  *(std::ranges::find(arguments, "--data") + 1) = one.data;
  *(std::ranges::find(arguments, "--masks") + 1) = one.masks;
  const ProcessResult result = studio(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  ASSERT_EQ(lossesOf(out).size(), 2U);
  for (const auto& [name, value] : lossesOf(out).back()) {
    EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

TEST_F(TrainRun, ASecondRunInItsFolderIsRefusedAndTheFirstGoesOn) {
  const auto out = scratch_ / "out";
  ProcessResult second;
  const ProcessResult first = studio(command(out, 1, 100000), {.watch = [&](pid_t child, const std::string&) {
                                       if (second.exit_code == -1 && !lossesOf(out).empty()) {
                                         second = studio(command(out, 1, 100000));
                                         kill(child, SIGINT);
                                       }
                                     }});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.errors, HasSubstr("is in use by another run"));
  EXPECT_EQ(first.exit_code, 130) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("finished"));
}

/// Events of a run that told them by JSON lines; lines that are none fail.
std::vector<nlohmann::json> eventsOf(const std::string& output) {
  std::vector<nlohmann::json> events;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    events.push_back(nlohmann::json::parse(line, nullptr, false));
    EXPECT_TRUE(events.back().is_object()) << line;
  }
  return events;
}

std::size_t countOf(const std::vector<nlohmann::json>& events, const nlohmann::json& some) {
  return static_cast<std::size_t>(std::ranges::count_if(events, [&](const nlohmann::json& event) {
    return std::ranges::all_of(some.items(), [&](const auto& member) {
      return event.contains(member.key()) && event.at(member.key()) == member.value();
    });
  }));
}

TEST_F(TrainRun, CommandsOnStandardInputAreObeyedAndEventsTellOfIt) {
  const auto out = scratch_ / "out";
  const std::string input = scratch_ / "commands";
  const std::string output = scratch_ / "events";
  ASSERT_EQ(mkfifo(input.c_str(), 0600), 0);
  DatasetFiles::writeText(output, "");
  const int commands = open(input.c_str(), O_RDWR);  // nobody waits for anybody
  ASSERT_GE(commands, 0);
  // What is said when the events so far hold what came before.
  const std::vector<std::pair<nlohmann::json, std::string>> script{
      {{{"event", "stats"}}, "pause\n"},
      {{{"event", "state"}, {"state", "paused"}}, "resume\nnonsense\nsnapshot\n"},
      {{{"event", "file"}, {"kind", "sheet"}, {"images", nullptr}}, "stop\n"}};
  std::size_t said = 0;
  const auto events = [&] {
    std::ifstream stream(output);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
    return eventsOf(text);
  };
  const auto watch = [&](pid_t, const std::string&) {
    if (said >= script.size()) {
      return;
    }
    nlohmann::json before = script[said].first;
    std::size_t least = 1;
    if (before.contains("images")) {  // sheets of the start come first
      before.erase("images");
      least = 7;
    }
    if (countOf(events(), before) >= least) {
      const std::string& words = script[said++].second;
      ASSERT_EQ(write(commands, words.data(), words.size()), static_cast<ssize_t>(words.size()));
    }
  };
  const ProcessResult result = studio(command(out, 1, 100000, {"--json"}),
                                      {.output_file = output, .input_file = input, .watch = watch});
  close(commands);
  EXPECT_EQ(said, script.size());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const std::vector<nlohmann::json> all = events();
  EXPECT_EQ(countOf(all, {{"event", "state"}, {"state", "paused"}}), 1U);
  EXPECT_EQ(countOf(all, {{"event", "state"}, {"state", "finished"}}), 1U);
  // One may do for all: nothing need have been trained between pause, snapshot and stop.
  EXPECT_GE(countOf(all, {{"event", "file"}, {"kind", "checkpoint"}}), 1U);
  EXPECT_GE(countOf(all, {{"event", "file"}, {"kind", "network"}}), 2U);
  EXPECT_TRUE(std::ranges::any_of(all, [](const nlohmann::json& event) {
    return event.at("event") == "notice" &&
           event.at("message").get<std::string>().find("nonsense") != std::string::npos;
  }));
}

TEST_F(TrainRun, SignalsPauseItAndAskForASnapshot) {
  const auto out = scratch_ / "out";
  int step = 0;
  const auto drawnAgain = [&] {  // after that of the start, which is called fakes000000_mask.png
    return std::ranges::any_of(std::filesystem::directory_iterator(out), [](const auto& entry) {
      const std::string name = entry.path().filename().string();
      return name != "fakes000000_mask.png" && name.starts_with("fakes") && name.ends_with("_mask.png");
    });
  };
  const auto watch = [&](pid_t child, const std::string& errors) {
    const auto said = [&](const char* text) { return errors.find(text) != std::string::npos; };
    if (step == 0 && !lossesOf(out).empty()) {
      kill(child, SIGUSR1);
      ++step;
    } else if (step == 1 && said("paused")) {
      kill(child, SIGUSR1);
      ++step;
    } else if (step == 2 && said("resumed")) {
      kill(child, SIGUSR2);
      ++step;
    } else if (step == 3 && drawnAgain()) {
      kill(child, SIGTERM);
      ++step;
    }
  };
  const ProcessResult result = studio(command(out, 1, 100000), {.watch = watch});
  EXPECT_EQ(step, 4) << result.errors;
  EXPECT_EQ(result.exit_code, 130) << result.errors;
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
  std::ifstream stream(scratch_ / "out" / "log.txt");
  const std::string log{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(log, HasSubstr("failed: out of memory"));
}

TEST_F(TrainRun, OutOfMemoryTheDryRunSaysTheSame) {
  std::string line = "ulimit -v 6000000; exec '" + test::studioProgram() + "'";
  std::vector<std::string> arguments = command(scratch_ / "out", 1024, 1, {"--dry-run"});
  *(std::ranges::find(arguments, "--mbstd-group") + 1) = "1024";  // it measures the smallest batch there is
  for (const std::string& word : arguments) {
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
