#include "core/runs/run_watch.h"

#include "core/runs/run_files.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace panohead {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string tick(double kimg, double loss) {
  return "{\"Progress/kimg\": {\"num\": 1, \"mean\": " + std::to_string(kimg) +
         ", \"std\": 0}, \"Loss/G/loss\": {\"num\": 1, \"mean\": " + std::to_string(loss) +
         ", \"std\": 0}, \"timestamp\": 1.0}\n";
}

class RunWatchTest : public ::testing::Test {
 protected:
  void append(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::app) << text;
  }
  /// As a resumed run does: another file takes the place.
  void replace(const char* name, const std::string& text) const {
    std::ofstream(folder_ / "new") << text;
    std::filesystem::rename(folder_ / "new", folder_ / name);
  }
  void log(const std::string& line) const { append("log.txt", "2026-01-31 12:00:00  " + line + "\n"); }
  RunPhase phase() { return watch_.poll().phase; }

  test::ScratchFolder folder_;
  RunWatch watch_{folder_.path()};
};

TEST_F(RunWatchTest, StatisticsGrowByWholeLines) {
  StatsReader reader(folder_ / "stats.jsonl");
  EXPECT_FALSE(reader.poll());
  append("stats.jsonl", tick(1, 10));
  const std::string second = tick(2, 20);
  append("stats.jsonl", second.substr(0, 30));
  ASSERT_TRUE(reader.poll());
  const auto before = reader.stats();
  EXPECT_THAT(before->at("Loss/G/loss"), ElementsAre(StatPoint{1, 10}));
  EXPECT_FALSE(reader.poll()) << "half a line is no news";
  append("stats.jsonl", second.substr(30));
  ASSERT_TRUE(reader.poll());
  EXPECT_THAT(reader.stats()->at("Loss/G/loss"), ElementsAre(StatPoint{1, 10}, StatPoint{2, 20}));
  EXPECT_EQ(before->at("Loss/G/loss").size(), 1U) << "what was handed out changed";
}

TEST_F(RunWatchTest, StatisticsOfAResumedRunReplaceTheOldOnes) {
  StatsReader reader(folder_ / "stats.jsonl");
  append("stats.jsonl", tick(1, 10) + tick(2, 20) + tick(3, 30));
  reader.poll();
  replace("stats.jsonl", tick(1, 10));
  append("stats.jsonl", tick(2, 21) + tick(3, 31) + tick(4, 41));  // longer than before
  ASSERT_TRUE(reader.poll());
  EXPECT_THAT(reader.stats()->at("Loss/G/loss"),
              ElementsAre(StatPoint{1, 10}, StatPoint{2, 21}, StatPoint{3, 31}, StatPoint{4, 41}));
  std::filesystem::resize_file(folder_ / "stats.jsonl", 0);
  ASSERT_TRUE(reader.poll());
  EXPECT_TRUE(reader.stats()->empty());
}

TEST_F(RunWatchTest, StatisticsThatMakeNoSenseArePassedOver) {
  StatsReader reader(folder_ / "stats.jsonl");
  append("stats.jsonl",
         "no JSON\n[1, 2]\n\n{\"Loss/G/loss\": 3}\n" + tick(1, 10) +
             "{\"Progress/kimg\": {\"mean\": 2}, \"Loss/G/loss\": {\"mean\": null},"
             " \"Scores/real_back\": {\"num\": 0, \"mean\": 0}}\n");
  ASSERT_TRUE(reader.poll());
  EXPECT_THAT(reader.stats()->at("Loss/G/loss"), ElementsAre(StatPoint{1, 10}));
  EXPECT_EQ(reader.stats()->at("Progress/kimg").size(), 2U);
  EXPECT_FALSE(reader.stats()->contains("Scores/real_back")) << "nothing was counted";
}

TEST_F(RunWatchTest, FilesAreSortedByKindAndPictures) {
  for (const char* name : {"fakes000012.png",
                           "fakes000002.png",
                           "fakes000002_raw.png",
                           "fakes000002.345.png",
                           "fakes000002.34x.png",
                           "fakes000002.3456.png",
                           "fakes000002.5_raw.png",
                           "fakes000002.345_raw.png",
                           "fakes000002_odd.png",
                           ".fakes000003.1f2e3d4c.png",
                           "reals.png",
                           "segs.png",
                           "network-snapshot-000010.safetensors",
                           "network-snapshot-000002.safetensors",
                           "network-snapshot-.safetensors"}) {
    append(name, "x");
  }
  const RunFiles files = listRunFiles(folder_.path());
  ASSERT_EQ(files.sheets.size(), 7U);
  EXPECT_EQ(files.sheets[0].kimg, 2);
  EXPECT_EQ(files.sheets[1].kimg, 2.345);
  EXPECT_EQ(files.sheets[2].kimg, 12);
  EXPECT_EQ(files.sheets[3].kind, "raw");
  EXPECT_EQ(files.sheets[4].kimg, 2.345);
  EXPECT_EQ(files.sheets[5].kind, "reals");
  EXPECT_EQ(files.sheets[6].kind, "segs");
  ASSERT_EQ(files.networks.size(), 2U);
  EXPECT_EQ(files.networks.back().kimg, 10);
}

TEST_F(RunWatchTest, FoldersWithoutRunSaySo) {
  EXPECT_EQ(phase(), RunPhase::kEmpty);
  RunStatus status = RunWatch(folder_ / "missing").poll();
  EXPECT_EQ(status.phase, RunPhase::kUnreadable);
  EXPECT_THAT(status.message, HasSubstr("missing"));
  append("file", "x");
  EXPECT_EQ(RunWatch(folder_ / "file").poll().phase, RunPhase::kUnreadable);
}

TEST_F(RunWatchTest, EndsAreToldApart) {
  log("running: 8 items");
  EXPECT_EQ(phase(), RunPhase::kDied);
  log("stopping: asked to stop");
  log("finished: 1.000 kimg in 'x'");
  EXPECT_EQ(phase(), RunPhase::kStopped);
  log("running: again");
  log("stopping: the run has its length");
  log("finished: 2.000 kimg in 'x'");
  EXPECT_EQ(phase(), RunPhase::kFinished);
  log("failed: the loss is no number");
  RunStatus status = watch_.poll();
  EXPECT_EQ(status.phase, RunPhase::kFailed);
  EXPECT_EQ(status.message, "the loss is no number");
}

TEST_F(RunWatchTest, TheExitCodeOfALaunchExplainsADeath) {
  log("running: 8 items");
  append(kPanelExit, "137\n");
  RunStatus status = watch_.poll();
  EXPECT_EQ(status.phase, RunPhase::kDied);
  EXPECT_THAT(status.message, HasSubstr("signal 9"));
  EXPECT_THAT(status.hint, HasSubstr("--batch-gpu")) << "where memory ran out";
  EXPECT_TRUE(canResume(status.phase));
  append(kPanelNews,
         R"({"event":"error","message":"no masks","hint":"name them","detail":""})"
         "\n");
  replace(kPanelExit, "2\n");
  status = watch_.poll();
  EXPECT_EQ(status.phase, RunPhase::kFailed);
  EXPECT_EQ(status.message, "no masks");
  EXPECT_EQ(status.hint, "name them");
}

TEST_F(RunWatchTest, AHolderOfTheLockIsAlive) {
  const std::filesystem::path lock = folder_ / "run.lock";
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string since = "\n2020-01-31 12:00:00 UTC\n";
  append("run.lock", std::to_string(getpid()) + "\n" + host.data() + since);
  EXPECT_FALSE(runHolder(folder_.path()).alive) << "this process has the number, but not the file";
  const int descriptor = open(lock.c_str(), O_RDONLY);
  EXPECT_TRUE(runHolder(folder_.path()).alive);
  log("running: 8 items");
  EXPECT_EQ(phase(), RunPhase::kRunning);
  log("paused: waits");
  EXPECT_EQ(phase(), RunPhase::kPaused);
  close(descriptor);
  EXPECT_EQ(phase(), RunPhase::kDied);

  replace("run.lock", "1\nanother-machine" + since);
  EXPECT_TRUE(runHolder(folder_.path()).alive) << "it was touched just now";
  EXPECT_FALSE(runHolder(folder_.path()).is_here);
  std::filesystem::last_write_time(lock,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5));
  EXPECT_FALSE(runHolder(folder_.path()).alive);
}

TEST_F(RunWatchTest, AnotherMachinesSilenceIsNoDeath) {
  const auto touched = [this](int seconds_ago) {
    std::filesystem::last_write_time(
        folder_ / "run.lock",
        std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds_ago));
  };
  append("run.lock", "1\nanother-machine\n2020-01-31 12:00:00 UTC\n");
  log("running: 8 items");
  EXPECT_EQ(phase(), RunPhase::kRunning);
  touched(300);
  RunWatch later(folder_.path());
  RunStatus status = later.poll();
  EXPECT_EQ(status.phase, RunPhase::kSilent);
  EXPECT_THAT(status.message, HasSubstr("another-machine for 5 minutes"));
  EXPECT_TRUE(canResume(status.phase));
  EXPECT_FALSE(isActive(status.phase));
  touched(290);  // its clock is wrong, but it lives
  EXPECT_EQ(later.poll().phase, RunPhase::kRunning);
  log("finished: 8 items");
  touched(300);
  EXPECT_EQ(RunWatch(folder_.path()).poll().phase, RunPhase::kFinished) << "it said so itself";
}

// The number in panel.pid may be of another machine, or of before a restart of this one.
TEST_F(RunWatchTest, ANumberAloneIsNoProcessOfTheRun) {
  append("panel.pid", std::to_string(getpid()) + "\n");
  EXPECT_EQ(launchedProcess(folder_.path()), 0) << "this process would have been told to stop";
  EXPECT_EQ(phase(), RunPhase::kEmpty);

  std::array<int, 2> input{};
  ASSERT_EQ(pipe2(input.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(input[0], STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", "read -r line", (folder_.path() / ".").c_str(), nullptr);
    _exit(127);
  }
  replace("panel.pid", std::to_string(child) + "\n");
  for (int i = 0; i < 500 && launchedProcess(folder_.path()) == 0; ++i) {
    usleep(10000);  // until it is the shell
  }
  EXPECT_EQ(launchedProcess(folder_.path()), child);
  EXPECT_EQ(phase(), RunPhase::kStarting);
  replace(kPanelExit, "0\n");
  EXPECT_EQ(launchedProcess(folder_.path()), 0);
  close(input[1]);  // the shell ends
  waitpid(child, nullptr, 0);
  close(input[0]);
}

TEST_F(RunWatchTest, PipesInTheFolderHoldNobodyUp) {
  for (const char* name :
       {"stats.jsonl", "log.txt", "training_options.json", "run.lock", kPanelPid, kPanelNews, kPanelExit}) {
    ASSERT_EQ(mkfifo((folder_ / name).c_str(), 0600), 0);
  }
  EXPECT_FALSE(isActive(phase()));  // or it would wait for somebody who writes
}

}  // namespace
}  // namespace panohead
