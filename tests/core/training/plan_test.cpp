#include "core/training/plan.h"

#include "core/tensor/prelude.h"
#include "core/training/training_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <numeric>
#include <set>

namespace panohead {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::int64_t sumOf(const std::vector<ParameterRow>& rows) {
  return std::accumulate(
      rows.begin(), rows.end(), std::int64_t{0}, [](std::int64_t sum, const ParameterRow& row) {
        return sum + row.parameters;
      });
}

TEST(ParameterTable, GroupsByModuleAndLosesNothing) {
  const Generator generator(generatorConfig(trainingPreset("smoke"), 128), 1);
  for (const int depth : {0, 1, 2, 3, 9}) {
    const auto rows = parameterTable(generator.store(), depth);
    EXPECT_EQ(sumOf(rows), generator.store().parameterCount()) << depth;
    std::set<std::string> names;
    for (const ParameterRow& row : rows) {
      EXPECT_TRUE(names.insert(row.name).second) << row.name;
      EXPECT_TRUE(depth == 0 || row.shape.empty()) << row.name;
    }
    if (depth == 1) {
      EXPECT_TRUE(names.contains("backbone") && names.contains("superresolution") &&
                  names.contains("decoder"));
    } else if (depth == 3) {
      EXPECT_TRUE(names.contains("backbone.synthesis.b8") && names.contains("backbone.mapping.fc0"));
    }
  }
  EXPECT_EQ(parameterTable(generator.store(), 0).size(), generator.store().entries().size());
}

PlanFacts sampleFacts() {
  PlanFacts facts;
  facts.options = trainingPreset("smoke");
  facts.options.kimg = 10;
  facts.options.out = "runs/a";
  facts.resolution = 128;
  facts.pictures = 100;
  facts.items = 200;
  facts.people = 25;
  facts.has_masks = true;
  facts.device = "CPU, 2 threads";
  facts.generator = {{.name = "backbone", .parameters = 1234567, .buffers = 8}};
  facts.discriminator = {{.name = "b8.conv0.weight", .parameters = 99, .shape = {3, 33}}};
  facts.step = {.seconds = 2, .pictures = 4, .update_seconds = 0, .gradient_bytes = 8'000'000};
  facts.host = {.fixed = 500'000'000, .per_picture = 250'000'000};
  facts.checkpoint_bytes = 30'000'000;
  facts.network_bytes = 17'000'000;
  return facts;
}

TEST(Plan, TextTellsDataSizesMemoryAndTime) {
  const TrainingPlan plan = makePlan(sampleFacts(), {.ranks = {1, 2, 3}, .link_gigabits = 10});
  EXPECT_THAT(plan.text,
              AllOf(HasSubstr("100 pictures, 200 items, 25 people, with masks"),
                    HasSubstr("2500 steps"),
                    HasSubstr("1234567"),
                    HasSubstr("3 x 33"),
                    HasSubstr("Memory of one step on one rank: 1.5 GB"),
                    HasSubstr("1.0 GB\n"),  // of each of two
                    HasSubstr("Disk: 77.0 MB for the two newest"),
                    HasSubstr("17.0 MB for every further"),
                    HasSubstr("8.0 MB"),
                    HasSubstr("1 h 23 min"),
                    Not(HasSubstr(" \n"))));
}

TEST(Plan, JsonIsOneLineWithTheSame) {
  PlanFacts facts = sampleFacts();
  facts.images_done = 4000;
  const TrainingPlan plan = makePlan(facts, {.ranks = {1, 2, 3}, .link_gigabits = 10});
  EXPECT_EQ(plan.json.find('\n'), std::string::npos);
  const Json json = Json::parse(plan.json);
  EXPECT_EQ(json["event"], "plan");
  EXPECT_EQ(json["images_left"], 6000);
  EXPECT_EQ(json["options"]["cmax"], 32);
  EXPECT_EQ(json["generator"]["parameters"], 1234567);
  EXPECT_EQ(json["discriminator"]["modules"][0]["shape"], (Json{3, 33}));
  ASSERT_EQ(json["forecast"].size(), 2U);  // three ranks do not divide a batch of four
  EXPECT_EQ(json["forecast"][0]["total_seconds"], 3000);
  EXPECT_LT(json["forecast"][1]["total_seconds"], 1600);
  EXPECT_EQ(json["forecast"][0]["memory_bytes"], 1'500'000'000);
  EXPECT_EQ(json["forecast"][1]["memory_bytes"], 1'000'000'000);
  EXPECT_EQ(json["disk_bytes"], 77'000'000);
  EXPECT_THAT(plan.text, HasSubstr("4000 pictures that the run in 'runs/a' has seen"));
}

TEST(Plan, PicturesThatCountAsSeenAreOfNoRun) {
  PlanFacts facts = sampleFacts();
  facts.options.resume_kimg = 4;
  const TrainingPlan plan = makePlan(facts, {.ranks = {1}, .link_gigabits = 10});
  EXPECT_THAT(plan.text,
              AllOf(HasSubstr("1500 steps after 4000 pictures that count as seen (--resume-kimg)"),
                    Not(HasSubstr("runs/a"))));
  EXPECT_EQ(Json::parse(plan.json)["images_left"], 6000);
}

TEST(Plan, PicturesAtOnceDecideTheMemoryOfARank) {
  PlanFacts facts = sampleFacts();
  facts.options.batch_gpu = 1;
  const Json json = Json::parse(makePlan(facts, {.ranks = {1, 4}}).json);
  EXPECT_EQ(json["memory"]["host_bytes"], 750'000'000);
  EXPECT_EQ(json["forecast"][0]["memory_bytes"], 750'000'000);
  EXPECT_EQ(json["forecast"][1]["memory_bytes"], 750'000'000);
}

}  // namespace
}  // namespace panohead
