#include "core/training/warmup/warmup_training.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/training/people_codes.h"
#include "core/training/plan.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/directions.h"
#include "core/training/warmup/warmup_start.h"
#include "tests/support/dataset_files.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace panohead {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Recorder final : public TrainingListener {
 public:
  void stats(std::int64_t images, const std::map<std::string, double>& values) override {
    images_.push_back(images);
    if (stop_after_batch != nullptr) {
      stop_after_batch->stop = true;
    }
    for (const auto& [name, value] : values) {
      EXPECT_TRUE(std::isfinite(value)) << name;
    }
    last = values;
  }
  void file(const std::string& kind, const std::filesystem::path&, std::int64_t) override {
    kinds.push_back(kind);
  }
  void state(const std::string& state, const std::string&) override { states.push_back(state); }
  void notice(const std::string& message) override { notices.push_back(message); }

  std::vector<std::int64_t> images_;
  TrainingControl* stop_after_batch = nullptr;  // asked to stop with the first news
  std::map<std::string, double> last;
  std::vector<std::string> kinds, states, notices;
};

// Four people of two views each, and their ages.
struct SmallRun {
  SmallRun() : files(8, 128) {
    test::DatasetFiles::writeText(
        files.scratch / "people.json",
        R"({"personA": {"age": 20}, "personB": {"age": 30}, "personC": {"age": 45}, "personD": {"age": 70}})");
    options = trainingPreset("smoke");
    options.data = files.data;
    options.masks = files.masks;
    options.out = files.scratch / "run";
    options.attributes = files.scratch / "people.json";
    options.warmup = true;
    options.held_out = 0;
    options.kimg = 0.016;
    options.tick_kimg = 0.008;
    options.snapshot_ticks = 0;
    options.bcg_reg_prob = 0;
  }
  void train() { runTraining(options, control, news, context); }

  test::DatasetFiles files;
  TrainingOptions options;
  TrainingControl control;
  Recorder news;
  SilentContext context;
};

TEST(WarmupTraining, IsForecastStageByStage) {
  SmallRun run;
  run.options.warmup_texture = 0.1;
  run.options.kimg = 0.4;
  const auto plan = [&] {
    return nlohmann::json::parse(
        planTraining(run.options, {.ranks = {1, 2, 4}, .link_gigabits = 10}, run.context).json);
  };
  const nlohmann::json begun = plan();
  ASSERT_EQ(begun["stages"].size(), 5U) << begun["stages"];
  std::int64_t steps = 0;
  double seconds = 0;
  for (const nlohmann::json& stage : begun["stages"]) {
    EXPECT_GT(stage["step_seconds"], 0) << stage;
    steps += stage["name"] == "backgrounds, before the rest" ? 0 : stage["steps"].get<std::int64_t>();
    seconds += stage["steps"].get<double>() * stage["step_seconds"].get<double>();
  }
  EXPECT_EQ(steps * run.options.batch, 400);
  EXPECT_NEAR(begun["forecast"][0]["total_seconds"].get<double>(), seconds, 1e-6 * seconds);
  EXPECT_GT(begun["forecast"][1]["total_seconds"].get<double>(),
            begun["stages"][0]["steps"].get<double>() * begun["stages"][0]["step_seconds"].get<double>())
      << "every rank learns the backgrounds for itself";
  ASSERT_EQ(begun["forecast"].size(), 2U) << "two people in a batch are for two ranks at most";
  EXPECT_EQ(begun["discriminator"]["parameters"], 0);
  // Its batch is what was measured: what this process took at most, and the pictures that are kept.
  const auto peak = static_cast<double>(peakResident());
  EXPECT_NEAR(begun["memory"]["host_bytes"].get<double>(), peak, 0.25 * peak);
  EXPECT_FALSE(std::filesystem::exists(run.options.out));

  run.options.kimg = 0.016;
  run.train();
  run.options.kimg = 0.4;
  EXPECT_EQ(plan()["images_left"], 384);
  for (const nlohmann::json& stage : plan()["stages"]) {
    EXPECT_NE(stage["name"], "backgrounds, before the rest") << "they are learned";
  }
}

TEST(WarmupTraining, IsMeasuredAtSnapshots) {
  SmallRun run;
  run.options.metrics = "heads";
  run.options.metric_heads = 1;
  run.train();
  EXPECT_TRUE(std::filesystem::exists(run.options.out / "metric-view_consistency.jsonl"));
  EXPECT_TRUE(std::filesystem::exists(run.options.out / "metric-background_swap.jsonl"));
}

TEST(WarmupTraining, FillsARunFolderAndGoesOnFromIt) {
  SmallRun run;
  run.train();
  EXPECT_EQ(run.news.states.back(), "finished");
  EXPECT_THAT(run.news.kinds, Contains("checkpoint"));
  EXPECT_THAT(run.news.notices, Contains(HasSubstr("backgrounds learned")));
  EXPECT_EQ(run.news.images_.back(), 16);
  EXPECT_GT(run.news.last.at("Loss/warmup/total"), 0);
  EXPECT_GT(run.news.last.at("Resources/cpu_mem_gb"), 0);
  EXPECT_TRUE(run.news.last.contains("Timing/maintenance_sec")) << "snapshots are no time of training";
  for (const char* name : {"stats.jsonl",
                           "log.txt",
                           "training_options.json",
                           "reals.png",
                           "segs.png",
                           "fakes000000.png",
                           "fakes000000_raw.png",
                           "fakes000000_depth.png",
                           "fakes000000_mask.png",
                           "codes-000000.safetensors",
                           "directions.safetensors"}) {
    EXPECT_TRUE(std::filesystem::exists(run.options.out / name)) << name;
  }
  EXPECT_EQ(readDirectionFile(run.options.out / "directions.safetensors").front()->name, "age");

  run.options.kimg = 0.024;
  run.news = {};
  run.train();
  EXPECT_THAT(run.news.notices, Contains(HasSubstr("after 4 steps")));
  EXPECT_EQ(run.news.images_.back(), 24);
}

TEST(WarmupTraining, CodesOfThePeopleItWasTrainedOnLieBesideItsNetwork) {
  SmallRun run;
  run.options.held_out = 1;
  run.train();
  const PeopleCodes codes =
      readPeopleCodes(codesBeside(run.options.out / "network-snapshot-000000.safetensors"));
  EXPECT_THAT(codes.names, ElementsAre("personA", "personB", "personC"));
  EXPECT_EQ(codes.w.sizes(), at::IntArrayRef({3, run.options.w_dim}));
  EXPECT_FALSE(at::allclose(codes.w[0], codes.w[1])) << "everyone has a code of their own";
  EXPECT_FALSE(codes.w.slice(1, run.options.w_dim - 64).any().item<bool>())
      << "the background's are not theirs";
}

TEST(WarmupTraining, CodesAloneLeaveTheNetworkAsItIs) {
  SmallRun run;
  run.options.warmup_codes_only = true;
  EXPECT_THROW(run.train(), OptionError) << "of no network";
  Generator given(generatorConfig(run.options, 128), 1);
  run.options.resume = run.files.scratch / "given.safetensors";
  const NetworkState network = generatorState("G_ema", given, given.config().neural_resolution);
  writeSafetensors(run.options.resume, std::span(&network, 1), {}, run.context);
  run.options.kimg = 0.08;
  run.options.batch = 8;
  run.train();
  EXPECT_FALSE(run.news.last.contains("Loss/warmup/psnr")) << "super-resolution takes no part";
  const Checkpoint file =
      openCheckpoint(run.options.out / "network-snapshot-000000.safetensors", run.context);
  const Generator after = loadGenerator(file.network());
  for (const ParameterStore::Entry& entry : given.store().entries()) {
    EXPECT_TRUE(at::equal(after.store().at(entry.name), entry.tensor)) << entry.name;
  }
  const PeopleCodes codes = readPeopleCodes(run.options.out / "codes-000000.safetensors");
  EXPECT_FALSE(at::allclose(codes.w[0], codes.w[1], 1e-2, 1e-2));
}

TEST(WarmupTraining, ItsNetworkDrawsFromLatents) {
  SmallRun run;
  run.options.kimg = 0.008;
  run.train();
  std::filesystem::path network;
  for (const auto& entry : std::filesystem::directory_iterator(run.options.out)) {
    if (entry.path().filename().string().starts_with("network-snapshot-")) {
      network = entry.path();
    }
  }
  const at::NoGradGuard no_grad;
  const Checkpoint file = openCheckpoint(network, run.context);
  const Generator generator = loadGenerator(file.network());
  const at::Tensor z = at::randn({2, generator.config().z_dim});
  const at::Tensor w = generator.map(z, at::zeros({2, 25}));
  EXPECT_FALSE(at::allclose(w[0], w[1])) << "different z are different heads";
  EXPECT_TRUE(at::isfinite(w).all().item<bool>());
}

// Nothing of the camera has an influence yet, and everything a gradient: one zero factor, not two in a row.
TEST(WarmupTraining, WhatTheCameraDoesCanBeLearnedFromItsNetwork) {
  SmallRun run;
  run.options.kimg = 0.008;
  run.train();
  const Checkpoint file =
      openCheckpoint(run.options.out / "network-snapshot-000000.safetensors", run.context);
  Generator generator = loadGenerator(file.network());
  const GeneratorConfig& config = generator.config();
  ASSERT_FALSE(config.conditioning_zero);
  at::Generator random = at::detail::createCPUGenerator(1);
  const at::Tensor z = at::randn({2, config.z_dim}, random, at::kFloat);
  const at::Tensor c = at::randn({2, config.c_dim}, random, at::kFloat);
  generator.store().requireGrad(true);
  const at::Tensor w = generator.map(z, c);
  const at::Tensor delta = generator.cameraDelta(z, c);
  EXPECT_TRUE(at::equal(w, generator.map(z, c * 2)));
  EXPECT_FALSE(delta.any().item<bool>());
  ((w * at::randn(w.sizes(), random, at::kFloat)).sum() + delta.sum()).backward();
  const auto gradient = [&](const char* name) { return generator.store().at(name).grad(); };
  EXPECT_GT(
      gradient("backbone.mapping.fc0.weight").narrow(1, config.z_dim, config.w_dim).abs().max().item<float>(),
      0);
  EXPECT_GT(gradient("t_mapping.fc1.weight").abs().max().item<float>(), 0);
}

TEST(WarmupTraining, ANetworkOfEarlierWarmupsIsWokenAtTheStart) {
  SmallRun run;
  Generator asleep(generatorConfig(run.options, 128), 1);
  {
    const at::NoGradGuard no_grad;
    for (const ParameterStore::Entry& entry : asleep.store().entries()) {
      if (entry.name.starts_with("t_mapping.") || entry.name.starts_with("backbone.mapping.")) {
        entry.tensor.zero_();
      }
    }
  }
  run.options.resume = run.files.scratch / "asleep.safetensors";
  const NetworkState network = generatorState("G_ema", asleep, asleep.config().neural_resolution);
  writeSafetensors(run.options.resume, std::span(&network, 1), {}, run.context);
  const auto dataset = std::make_shared<const Dataset>(run.options.dataset(), run.context);
  const WarmupStart start(run.options, dataset, 1, run.context);
  EXPECT_TRUE(start.generator.store().at("backbone.mapping.embed.weight").any().item<bool>());
  EXPECT_TRUE(start.generator.store().at("t_mapping.fc0.weight").any().item<bool>());
}

TEST(WarmupTraining, StopsWithACheckpointWhenAsked) {
  SmallRun run;
  run.train();
  run.options.kimg = 100;
  run.news = {};
  run.news.stop_after_batch = &run.control;
  run.train();
  EXPECT_EQ(run.news.states.back(), "finished");
  EXPECT_THAT(run.news.kinds, ElementsAre("checkpoint"));
  EXPECT_TRUE(std::filesystem::exists(run.options.out / "checkpoint-0000000020.safetensors"))
      << "of the batch after the 16 pictures of the first run";
}

TEST(WarmupTraining, AStoppedRunThatHasItsLengthGetsItsNetwork) {
  SmallRun run;
  run.train();
  run.options.kimg = 100;
  run.news.stop_after_batch = &run.control;
  run.train();
  run.control.stop = false;
  run.options.kimg = 0.020;
  for (const bool first : {true, false}) {  // the second time nothing is left to write
    run.news = {};
    run.train();
    EXPECT_EQ(run.news.states.back(), "finished");
    EXPECT_EQ(run.news.kinds,
              first ? std::vector<std::string>({"sheet", "sheet", "sheet", "sheet", "network"})
                    : std::vector<std::string>());
  }
}

TEST(WarmupTraining, SavesNothingOfHalfABackgroundNetwork) {
  SmallRun run;
  run.options.kimg = 100;
  run.control.stop = true;
  EXPECT_THROW(run.train(), Cancelled);
  EXPECT_THAT(run.news.kinds, ::testing::Not(Contains("checkpoint")));
}

TEST(WarmupTraining, RefusesABatchThatTheViewsDoNotDivide) {
  SmallRun run;
  run.options.warmup_views = 3;
  EXPECT_THROW(run.train(), OptionError);
}

TEST(WarmupOptions, FollowFromTheRunsOptions) {
  TrainingOptions options = trainingPreset("heads-256");
  options.batch = 4;
  options.kimg = 40;
  const GeneratorConfig config = generatorConfig(options, 256);
  WarmupOptions warmup = warmupOptions(options, config, 1500);
  EXPECT_EQ(warmup.steps, 10000);
  EXPECT_EQ(warmup.heads, 2);
  EXPECT_EQ(warmup.held_out, 50);
  EXPECT_EQ(warmup.code_steps, 0);
  EXPECT_EQ(warmup.high_from, 3333);
  EXPECT_EQ(warmup.texture_from, -1);
  options.resume = "model.safetensors";
  options.warmup_texture = 0.1;
  warmup = warmupOptions(options, config, 60);
  EXPECT_EQ(warmup.code_steps, 500);
  EXPECT_EQ(warmup.high_from, 500);
  EXPECT_EQ(warmup.held_out, 2);
  EXPECT_EQ(warmup.texture_from, 8000);
  EXPECT_EQ(warmup.refine_from, 7500);
  options.warmup_texture_kimg = 16;
  EXPECT_EQ(warmupOptions(options, config, 60).texture_from, 6000);
  options.warmup_texture_kimg = 39;
  EXPECT_THROW(warmupOptions(options, config, 60), OptionError);
  options.warmup_texture = 0;
  options.warmup_codes_only = true;
  warmup = warmupOptions(options, config, 60);
  EXPECT_EQ(warmup.code_steps, 10000);
  EXPECT_EQ(warmup.refine_from, -1);
}

}  // namespace
}  // namespace panohead
