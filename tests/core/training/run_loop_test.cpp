#include "core/training/run_loop.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/dataset_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <limits>

namespace panohead {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Recorder final : public TrainingListener {
 public:
  void stats(std::int64_t images, const std::map<std::string, double>&) override { ticks.push_back(images); }
  void file(const std::string& kind, const std::filesystem::path& path, std::int64_t) override {
    files.push_back(kind + " " + path.filename().string());
  }
  void state(const std::string& state, const std::string& message) override {
    states.push_back(state);
    messages.push_back(message);
    if (on_state) {
      on_state(state);
    }
  }
  void notice(const std::string& message) override { messages.push_back(message); }

  std::vector<std::int64_t> ticks;
  std::vector<std::string> files, states, messages;
  std::function<void(const std::string&)> on_state;
};

/// Learns nothing: one number is its weights.
struct Script {
  std::int64_t steps = 8;
  std::function<double(std::int64_t)> loss = [](std::int64_t) { return 1.0; };
  std::function<void()> write_networks = [] {};
};

class ScriptedLearner final : public Learner {
 public:
  ScriptedLearner(const RunParts& parts, const Script& script) : parts_(parts), script_(script) {}

  void step(const Poll& poll) override {
    stats_.add("Loss/loss", script_.loss(done_.item<std::int64_t>()));
    done_.add_(1);
    poll();
  }
  std::int64_t images() const override { return done_.item<std::int64_t>() * parts_.options.batch; }
  std::int64_t lastImages() const override { return script_.steps * parts_.options.batch; }
  TrainingState state() const override { return {{{"done", done_}}, "{}"}; }
  void load(const TrainingState& state) override { state.copyTo({{"done", done_}}); }
  void begin() override {}
  std::string description() const override { return "nothing"; }
  std::string done() const override { return "some steps"; }
  Progress progress() const override { return {"step", 0, 0, {}}; }
  const StatsCollector& stats() const override { return stats_; }
  StatsCollector& tickStats() override { return stats_; }
  std::vector<std::string> skipped() const override { return {}; }
  at::Device device() const override { return at::kCPU; }
  void writeSheets(const SheetPaths&, const Told&, const Poll&) override {}
  std::filesystem::path writeNetworks(RunFolder& folder) override {
    script_.write_networks();
    return folder.path() / "network";
  }

 private:
  RunParts parts_;
  const Script& script_;
  at::Tensor done_ = at::zeros({}, at::kLong);
  StatsCollector stats_;
};

struct ScriptedRun {
  explicit ScriptedRun(int pictures = 2) : files(pictures, 128) {
    options = trainingPreset("smoke");
    options.data = files.data;
    options.masks = files.masks;
    options.out = files.scratch / "run";
    options.batch = options.mbstd_group = 2;
    options.tick_kimg = 1;  // longer than any run here
    options.snapshot_ticks = 0;
  }
  void train() { train(context); }
  void train(JobContext& job) {
    runLoop(options, control, news, job, {"lower", "lower the rate"}, [&](const RunParts& parts) {
      return std::make_unique<ScriptedLearner>(parts, script);
    });
  }
  std::vector<std::string> checkpoints() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options.out)) {
      if (entry.path().filename().string().starts_with("checkpoint-")) {
        names.push_back(entry.path().filename().string());
      }
    }
    return names;
  }

  test::DatasetFiles files;
  TrainingOptions options;
  TrainingControl control;
  Recorder news;
  SilentContext context;
  Script script;
};

TEST(RunLoop, ALossThatIsNoNumberLeavesTheCheckpointsBeforeIt) {
  ScriptedRun run;
  run.options.checkpoint_minutes = 1e-9;  // after every step, long before a tick would look at the losses
  run.script.loss = [](std::int64_t step) {
    return step == 4 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  };
  try {
    run.train();
    ADD_FAILURE() << "ran to its end";
  } catch (const TrainingError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the losses are not numbers any more after 0.010 kimg"));
    EXPECT_THAT(error.hint(), HasSubstr("its last good checkpoint (0.008 kimg); lower the rate"));
  }
  EXPECT_THAT(run.checkpoints(),
              testing::UnorderedElementsAre("checkpoint-0000000006.safetensors",
                                            "checkpoint-0000000008.safetensors"));
  EXPECT_EQ(run.news.states.back(), "failed");

  run.script.loss = [](std::int64_t) { return 1.0; };  // and goes on from there
  run.train();
  EXPECT_EQ(run.news.states.back(), "finished");
  EXPECT_THAT(run.news.messages, Contains(HasSubstr("going on from 'checkpoint-0000000008.safetensors'")));
}

// Programs that plot the published training's runs find their keys in ours.
TEST(RunLoop, EveryTickHasTheKeysOfThePublishedLoop) {
  ScriptedRun run;
  run.options.tick_kimg = 0.002;
  run.train();
  std::ifstream stream(run.options.out / "stats.jsonl");
  int ticks = 0;
  for (std::string line; std::getline(stream, line); ++ticks) {
    const auto stats = nlohmann::json::parse(line);
    for (const char* name : {"Progress/tick",
                             "Progress/kimg",
                             "Progress/augment",
                             "Timing/total_sec",
                             "Timing/sec_per_tick",
                             "Timing/sec_per_kimg",
                             "Timing/maintenance_sec",
                             "Timing/total_hours",
                             "Timing/total_days",
                             "Resources/cpu_mem_gb",
                             "Resources/peak_gpu_mem_gb",
                             "Resources/peak_gpu_mem_reserved_gb"}) {
      ASSERT_TRUE(stats.contains(name)) << name;
      EXPECT_EQ(stats[name]["num"], 1) << name;
    }
    EXPECT_EQ(stats["Resources/peak_gpu_mem_reserved_gb"]["mean"], 0) << "there is no GPU";
    EXPECT_GT(stats["Resources/cpu_mem_gb"]["mean"], 0);
  }
  EXPECT_EQ(ticks, 8);
}

TEST(RunLoop, WaitsForRoomOnTheDiskAndGoesOn) {
  ScriptedRun run;
  int tries = 0;
  run.script.write_networks = [&] {
    if (++tries < 2) {
      throw DiskFullError("cannot write 'network': no space", "make room");
    }
  };
  run.train();
  EXPECT_EQ(tries, 2);
  EXPECT_THAT(run.news.states,
              testing::ElementsAre("starting", "running", "stopping", "waiting", "running", "finished"));
  EXPECT_THAT(run.news.messages, Contains(HasSubstr("make room")));
  EXPECT_THAT(run.checkpoints(), Contains("checkpoint-0000000016.safetensors"));
}

TEST(RunLoop, APausedRunIsSavedAndGoesOnOrEnds) {
  ScriptedRun run;
  run.control.pause = true;
  run.news.on_state = [&](const std::string& state) {
    if (state == "paused") {
      EXPECT_THAT(run.checkpoints(), Contains("checkpoint-0000000000.safetensors"));
      run.control.pause = false;
    }
  };
  run.train();
  EXPECT_THAT(run.news.states, Contains("paused"));
  EXPECT_EQ(run.news.states.back(), "finished");
  EXPECT_THAT(run.checkpoints(), Contains("checkpoint-0000000016.safetensors"));
}

TEST(RunLoop, ASnapshotOfAPausedRunIsTakenBeforeItStops) {
  ScriptedRun run;
  run.control.pause = true;
  run.news.on_state = [&](const std::string& state) {
    if (state == "paused") {
      run.control.snapshot = true;
      run.control.stop = true;
    }
  };
  run.train();
  EXPECT_THAT(run.news.files, Contains("network network"));
  EXPECT_FALSE(run.control.snapshot) << "a next run would take it once more";
}

TEST(RunLoop, APausedRunTakesSnapshotsWhileItWaits) {
  ScriptedRun run;
  run.control.pause = true;
  run.script.write_networks = [&] { run.control.pause = false; };
  run.news.on_state = [&](const std::string& state) {
    if (state == "paused") {
      run.control.snapshot = true;
    }
  };
  test::CancellingContext patience(60);  // else it waits for ever
  run.train(patience);
  EXPECT_EQ(run.news.states.back(), "finished");
}

TEST(RunLoop, ARunThatIsLongerAlreadyIsNotTouched) {
  ScriptedRun run;
  run.train();
  const auto path = run.options.out / "checkpoint-0000000016.safetensors";
  const auto written = std::filesystem::last_write_time(path);
  run.script.steps = 3;
  run.train();
  EXPECT_EQ(std::filesystem::last_write_time(path), written);
  EXPECT_THAT(run.checkpoints(), Not(Contains("checkpoint-0000000006.safetensors")));
}

}  // namespace
}  // namespace panohead
