#include "core/training/run_metrics.h"

#include "core/training/training_device.h"
#include "core/training/training_run.h"
#include "tests/support/dataset_files.h"
#include "tests/support/scoped_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>

namespace panohead {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<json> linesOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<json> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

std::vector<std::int64_t> imagesOf(const std::filesystem::path& path) {
  std::vector<std::int64_t> images;
  for (const json& line : linesOf(path)) {
    images.push_back(line.at("images"));
  }
  return images;
}

MetricsReport reportOf(double depth) {
  MetricsReport report;
  report.values = {
      {"view_consistency.depth", depth}, {"view_consistency.visible", kNan}, {"flicker.share", 2}};
  report.seconds = 3;
  return report;
}

TEST(RunMetrics, AreWrittenAsThePublishedProgramDoes) {
  const test::ScratchFolder run;
  const auto files = writeMetricFiles(
      run.path(), reportOf(0.5), {12000, run / "network-snapshot-000012.safetensors"}, 4, 7.5);
  EXPECT_THAT(files, ElementsAre(run / "metric-flicker.jsonl", run / "metric-view_consistency.jsonl"));
  EXPECT_THAT(
      linesOf(files[1]),
      ElementsAre(json{{"results", {{"view_consistency.depth", 0.5}, {"view_consistency.visible", nullptr}}},
                       {"metric", "view_consistency"},
                       {"total_time", 3.0},
                       {"num_gpus", 4},
                       {"snapshot_pkl", "network-snapshot-000012.safetensors"},
                       {"images", 12000},
                       {"timestamp", 7.5}}));
}

TEST(RunMetrics, OfAResumedRunReplaceThoseOfTheSameAndLaterMoments) {
  const test::ScratchFolder run;
  for (const int images : {0, 1000, 2000, 1000}) {
    writeMetricFiles(run.path(), reportOf(images), {images, "n"}, 1, 0);
  }
  EXPECT_THAT(imagesOf(run / "metric-flicker.jsonl"), ElementsAre(0, 1000));
}

TEST(RunMetrics, InEventFilesHaveThePublishedPrefixAndAreNumbers) {
  const StatsSnapshot stats = statsOf(reportOf(0.5));
  EXPECT_THAT(
      meansOf(stats),
      ElementsAre(std::pair("Metrics/flicker.share", 2.0), std::pair("Metrics/view_consistency.depth", 0.5)));
}

class Recorder final : public TrainingListener {
 public:
  void stats(std::int64_t, const std::map<std::string, double>& values) override { last = values; }
  void file(const std::string&, const std::filesystem::path& path, std::int64_t) override {
    files.push_back(path.filename());
  }
  void state(const std::string&, const std::string&) override {}
  void notice(const std::string& message) override { notices.push_back(message); }
  std::vector<std::string> files, notices;
  std::map<std::string, double> last;
};

/// A batch of two pictures with the smallest networks, snapshots before and after it.
struct TinyRun {
  TinyRun() : files(8, 128), options(trainingPreset("smoke")) {
    options.data = files.data;
    options.masks = files.masks;
    options.out = files.scratch / "run";
    options.cbase = options.d_cbase = 256;
    options.cmax = options.d_cmax = 8;
    options.z_dim = options.w_dim = 32;
    options.d_map_depth = 1;
    options.depth_resolution = options.depth_resolution_importance = 4;
    options.neural_rendering_resolution_initial = 16;
    options.batch = options.mbstd_group = 2;
    options.kimg = options.tick_kimg = 0.002;
    options.snapshot_ticks = 1;
    options.metrics = "heads";
    options.metric_heads = 1;
  }
  void train() { runTraining(options, control, news, context); }

  test::DatasetFiles files;
  TrainingOptions options;
  TrainingControl control;
  Recorder news;
  SilentContext context;
};

TEST(RunMetrics, AreMeasuredAtEverySnapshot) {
  TinyRun run;
  run.train();
  const std::filesystem::path& out = run.options.out;
  std::string events;
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    if (entry.path().filename().string().starts_with("events.out.")) {
      std::ifstream stream(entry.path(), std::ios::binary);
      events.assign(std::istreambuf_iterator<char>(stream), {});
    }
  }
  int numbers = 0;
  for (const char* metric : {"background_swap", "view_consistency", "mirrored_face", "flicker"}) {
    const std::filesystem::path path = out / ("metric-" + std::string(metric) + ".jsonl");
    EXPECT_THAT(imagesOf(path), ElementsAre(0, 2)) << metric;
    for (const json& line : linesOf(path)) {
      for (const auto& [key, value] : line.at("results").items()) {
        EXPECT_TRUE(value.is_null() || events.find("Metrics/" + key) != std::string::npos) << key;
        numbers += value.is_number() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(numbers, 0);
  for (const char* tag : {"fakes", "fakes_raw", "fakes_depth", "fakes_alpha"}) {
    EXPECT_THAT(events, HasSubstr(tag));
  }
  EXPECT_TRUE(run.news.last.contains("Timing/maintenance_sec"));
  // Sheets of the same run keep out of each other's way.
  EXPECT_THAT(
      run.news.files,
      IsSupersetOf(
          {"fakes000000.png", "fakes000000_mask.png", "fakes000000.002.png", "fakes000000.002_mask.png"}));
}

TEST(RunMetrics, DoNotDelayAStop) {
  TinyRun run;
  run.control.stop = true;
  run.train();
  EXPECT_THAT(run.news.notices, Contains(HasSubstr("not measured")));
  EXPECT_FALSE(std::filesystem::exists(run.options.out / "metric-flicker.jsonl"));
}

TEST(ThreadsOfRank, AreWhatWasAskedForOrAShare) {
  const test::ScopedEnvironment unset("OMP_NUM_THREADS", {});
  EXPECT_EQ(threadsOfRank(3, 2), 3);
  EXPECT_EQ(threadsOfRank(0, 1'000'000), 1);
  EXPECT_LE(threadsOfRank(0, 2), std::max(1, threadsOfRank(0, 1) / 2));
  const test::ScopedEnvironment five("OMP_NUM_THREADS", "5");
  EXPECT_EQ(threadsOfRank(0, 2), 5);
  EXPECT_EQ(threadsOfRank(3, 2), 3);
}

}  // namespace
}  // namespace panohead
