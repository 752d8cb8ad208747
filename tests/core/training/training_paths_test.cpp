// What training_bench measures, as far as no machine is needed for it.
#include "tests/bench/training_paths.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::trainingBenchOptions;
using test::trainingPaths;

TEST(TrainingBench, TakesDevicePresetBatchAndSteps) {
  EXPECT_EQ(trainingBenchOptions({}).device, "auto");
  EXPECT_EQ(trainingBenchOptions({}).preset, "heads-256");
  const auto places = trainingBenchOptions({"heads-128", "--device", "cuda", "8", "3"});
  EXPECT_EQ(places.device, "cuda");
  EXPECT_EQ(places.preset, "heads-128");
  EXPECT_EQ(places.batch, 8);
  EXPECT_EQ(places.steps, 3);
  EXPECT_EQ(trainingBenchOptions({"--device=cpu"}).device, "cpu");
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--device", "tpu"}, {"--device"}, {"--fp16"}, {"smoke", "many"}, {"smoke", "4", "2", "1"}}) {
    EXPECT_THROW(trainingBenchOptions(wrong), OptionError);
  }
}

TEST(TrainingBench, ComparesEveryPathOfTheDeviceWithThePlainOne) {
  const auto cpu = trainingPaths(true, "auto");
  ASSERT_EQ(cpu.size(), 3U);
  EXPECT_EQ(cpu[2].precision, "bf16");
  const auto gpu = trainingPaths(false, "auto");
  ASSERT_EQ(gpu.size(), 2U);
  EXPECT_EQ(gpu[1].precision, "auto") << "the trainer's own choice for GPUs";
  EXPECT_EQ(gpu[1].name, "fp16");
  EXPECT_EQ(trainingPaths(false, "bf16")[1].name, "bf16");
  for (const auto& paths : {cpu, gpu}) {
    EXPECT_TRUE(paths[0].specification);
    EXPECT_EQ(paths[0].precision, "fp32");
    for (std::size_t i = 1; i < paths.size(); ++i) {
      EXPECT_FALSE(paths[i].specification);
    }
  }
}

TEST(TrainingBench, CountsR1ByItsShare) {
  const std::map<std::string, double> seconds{
      {"Timing/Gmain", 0.5}, {"Timing/Dmain", 0.25}, {"Timing/Dreg", 0.8}};
  EXPECT_DOUBLE_EQ(test::millisecondsAPicture(seconds, 16, 4), 200);
  EXPECT_DOUBLE_EQ(test::millisecondsAPicture(seconds, 0, 4), 187.5);
}

}  // namespace
}  // namespace panohead
