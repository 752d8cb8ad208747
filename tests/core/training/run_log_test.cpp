#include "core/training/run_log.h"

#include "core/training/stats.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

class Heard final : public TrainingListener {
 public:
  std::vector<std::string> news;
  void stats(std::int64_t images, const std::map<std::string, double>&) override {
    news.push_back("stats " + std::to_string(images));
  }
  void file(const std::string& kind, const std::filesystem::path& path, std::int64_t) override {
    news.push_back(kind + " " + path.string());
  }
  void state(const std::string& state, const std::string& message) override {
    news.push_back(state + " " + message);
  }
  void notice(const std::string& message) override { news.push_back(message); }
};

std::vector<std::string> linesOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(LoggedListener, PassesNewsOnAndKeepsThem) {
  const test::ScratchFolder folder;
  Heard heard;
  LoggedListener log(heard, folder / "log.txt");
  log.state("running", "");
  log.state("waiting", "the disk is full");
  log.stats(8000, {{"Progress/tick", 2}});
  log.file("sheet", "run/fakes000008.png", 8000);
  log.notice("skipped a.png");
  EXPECT_THAT(heard.news,
              ElementsAre("running ",
                          "waiting the disk is full",
                          "stats 8000",
                          "sheet run/fakes000008.png",
                          "skipped a.png"));
  EXPECT_THAT(linesOf(folder / "log.txt"),
              ElementsAre(EndsWith("  running"),
                          EndsWith("  waiting: the disk is full"),
                          EndsWith("  tick 2  kimg 8.000"),
                          EndsWith("  sheet: fakes000008.png"),
                          EndsWith("  skipped a.png")));
}

TEST(LoggedListener, FullDiskLosesLinesButNotTheRun) {
  const test::ScratchFolder folder;
  Heard heard;
  LoggedListener log(heard, folder / "log.txt");
  log.notice("one");
  {
    const test::FileSizeLimit limit(30);
    log.notice("two");
  }
  log.notice("three");
  EXPECT_THAT(heard.news, ElementsAre("one", "two", "three"));
  EXPECT_THAT(linesOf(folder / "log.txt"), ElementsAre(EndsWith("one"), EndsWith("three")));
}

TEST(TickLine, ShowsWhatThereIs) {
  EXPECT_EQ(tickLine(12345,
                     {{"Progress/tick", 3},
                      {"Timing/total_sec", 3725.2},
                      {"Timing/sec_per_kimg", 45.054},
                      {"Loss/G/loss", 0.6931},
                      {"Loss/D/fake", 1.25},
                      {"Loss/D/real", 0.5},
                      {"Resources/cpu_mem_gb", 5.126}}),
            "tick 3  kimg 12.345  time 1:02:05  sec/kimg 45.05  G 0.693  D 1.750  cpumem GB 5.13");
  EXPECT_EQ(tickLine(8000,
                     {{"Timing/sec_per_kimg", 45.054},
                      {phaseRateName("Gmain"), 30.06},
                      {phaseRateName("Dreg"), 2.94},
                      {"Progress/skipped", 3}}),
            "kimg 8.000  sec/kimg 45.05 (Gmain 30.1, Dreg 2.9)  skipped 3");
  EXPECT_EQ(tickLine(0, {}), "kimg 0.000");
  EXPECT_EQ(tickLine(0, {{"Loss/D/fake", 1.25}}), "kimg 0.000");  // half of a loss is none
}

TEST(PhaseRates, AreSecondsOfAKimgOnOneRank) {
  StatsSnapshot snapshot;
  for (const double seconds : {1.0, 2.0, 1.0, 2.0}) {  // two batches of two ranks
    snapshot["Timing/Gmain"].add(seconds);
  }
  snapshot["Timing/Dreg"].add(4);
  snapshot["Timing/Dreg"].add(4);
  addPhaseRates(snapshot, 100, 2);
  EXPECT_DOUBLE_EQ(snapshot.at(phaseRateName("Gmain")).mean(), 30);
  EXPECT_DOUBLE_EQ(snapshot.at(phaseRateName("Dreg")).mean(), 40);
  EXPECT_FALSE(snapshot.contains(phaseRateName("Dmain")));
}

TEST(WriteWhenThereIsRoom, TriesAgainUntilItSucceeds) {
  int attempts = 0;
  int waits = 0;
  writeWhenThereIsRoom(
      [&] {
        if (++attempts < 3) {
          throw DiskFullError("no room");
        }
      },
      [&](const DiskFullError& error) {
        EXPECT_STREQ(error.what(), "no room");
        ++waits;
      },
      std::chrono::milliseconds(1));
  EXPECT_EQ(attempts, 3);
  EXPECT_GE(waits, 2);
}

TEST(WriteTellingWaits, SaysOnceThatItWaitsAndThatItGoesOn) {
  Heard heard;
  int attempts = 0;
  int polls = 0;
  writeTellingWaits(
      heard,
      [&] {
        if (++attempts < 4) {
          throw DiskFullError("no room", "make some");
        }
      },
      [&] { ++polls; },
      std::chrono::milliseconds(1));
  EXPECT_THAT(heard.news, ElementsAre("waiting no room: make some", "running there is room again"));
  EXPECT_GE(polls, 3);
  heard.news.clear();
  writeTellingWaits(heard, [] {}, [] {});
  EXPECT_TRUE(heard.news.empty());
}

TEST(WriteWhenThereIsRoom, OtherErrorsAndGivingUpGoThrough) {
  const auto ignore = [](const DiskFullError&) {};
  EXPECT_THROW(writeWhenThereIsRoom([] { throw SaveError("read only"); }, ignore), SaveError);
  EXPECT_THROW(writeWhenThereIsRoom([] { throw DiskFullError("no room"); },
                                    [](const DiskFullError&) { throw Cancelled(); }),
               Cancelled);
}

}  // namespace
}  // namespace panohead
