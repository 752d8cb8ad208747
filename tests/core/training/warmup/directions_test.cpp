#include "core/training/warmup/directions.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/scratch_folder.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace panohead {
namespace {

constexpr std::int64_t kPeople = 400;
constexpr std::int64_t kDims = 32;

// People whose w is linear in age and sex, which go together in the data, and noise.
struct MadeUpPeople {
  MadeUpPeople() {
    at::Generator random = at::detail::createCPUGenerator(1);
    const at::Tensor z = at::randn({kPeople, 3}, random, at::kFloat);
    std::string text = "[";
    std::vector<std::string> names;
    at::Tensor known = at::zeros({kPeople, 2});
    for (std::int64_t i = 0; i < kPeople; ++i) {
      const float age = z[i][0].item<float>();
      const bool male = z[i][1].item<float>() + 0.6F * age > 0;
      known[i][0] = age;
      known[i][1] = male ? 1.0 : -1.0;
      names.push_back(fmt::format("{:03}", i));
      text += fmt::format("{}{{\"name\": \"{:03}\", \"age\": {}, \"sex\": \"{}\", \"beard\": {}}}",
                          i == 0 ? "" : ",",
                          i,
                          40 + 10 * age,
                          male ? "m" : "f",
                          z[i][2].item<float>());
    }
    table = flattenAttributes(text + "]", names, "made up");
    axes = at::randn({2, kDims}, random, at::kFloat);
    w = at::mm(known, axes) + at::randn({kPeople, kDims}, random, at::kFloat) * 0.1;
  }
  AttributeTable table;
  at::Tensor axes, w;
};

std::vector<Direction> fit(const MadeUpPeople& people, DirectionOptions options = {.ridge = 1e-4}) {
  return fitDirections(people.table, people.w, knownDirections(people.table), options);
}

const Direction& named(const std::vector<Direction>& directions, const std::string& name) {
  for (const Direction& direction : directions) {
    if (direction.spec.name == name) {
      return direction;
    }
  }
  throw Error("no direction " + name);
}

double effect(const Direction& move, const Direction& on) {
  return at::dot(move.delta, on.estimate).item<double>();
}

TEST(Directions, AStepMovesItsOwnEstimateByOneDeviationAndNoOther) {
  const std::vector<Direction> directions = fit(MadeUpPeople());
  ASSERT_EQ(directions.size(), 3U);
  for (const Direction& move : directions) {
    for (const Direction& on : directions) {
      EXPECT_NEAR(effect(move, on), &move == &on ? 1 : 0, 1e-3) << move.spec.name << " on " << on.spec.name;
    }
  }
}

TEST(Directions, AreWhatWDoesWhenTheAttributeAloneChanges) {
  const MadeUpPeople people;
  const std::vector<Direction> directions = fit(people);
  // Age has deviation 10 in units of which one is axes[0] / 10 ... one deviation is axes[0].
  EXPECT_GT(at::cosine_similarity(named(directions, "age").delta, people.axes[0], 0).item<double>(), 0.98);
  EXPECT_GT(at::cosine_similarity(named(directions, "sex").delta, people.axes[1], 0).item<double>(), 0.98);
}

TEST(Directions, TellHowMuchOfTheAttributeIsToBeSeen) {
  const std::vector<Direction> directions = fit(MadeUpPeople());
  EXPECT_GT(named(directions, "age").explained, 0.95);
  EXPECT_GT(named(directions, "sex").explained, 0.9);
  EXPECT_LT(named(directions, "beard").explained, 0.1) << "w says nothing of it";
}

TEST(Directions, OfFewerPeopleThanAttributesAreNumbers) {
  MadeUpPeople people;
  std::vector<DirectionSpec> specs = knownDirections(people.table);
  for (int copies = 0; copies < 2; ++copies) {
    specs.insert(specs.end(), specs.begin(), specs.begin() + 3);
  }
  people.w = people.w.slice(0, 0, 6);
  const std::vector<Direction> directions = fitDirections(people.table, people.w, specs, {});
  ASSERT_EQ(directions.size(), 9U);
  for (const Direction& direction : directions) {
    EXPECT_TRUE(direction.delta.isfinite().all().item<bool>()) << direction.spec.name;
    EXPECT_LT(direction.delta.norm().item<float>(), 100 * people.w.norm().item<float>());
  }
}

TEST(Directions, WhatAllShareMovesNothingAndHindersNoOther) {
  MadeUpPeople people;
  for (std::int64_t column = 0; column < people.table.columns(); ++column) {
    for (std::int64_t i = 0; i < people.w.size(0); ++i) {
      if (people.table.names[static_cast<std::size_t>(column)].starts_with("sex")) {
        people.table.values[static_cast<std::size_t>(i * people.table.columns() + column)] = 0;
      }
    }
  }
  const std::vector<Direction> directions = fit(people);
  EXPECT_LT(named(directions, "sex").delta.abs().max().item<float>(), 1e-3F);
  EXPECT_NEAR(effect(named(directions, "age"), named(directions, "age")), 1, 1e-3);
}

TEST(Directions, WithoutDecorrelationOthersGoAlong) {
  const MadeUpPeople people;
  AttributeTable only_age = people.table;
  const std::vector<Direction> directions = fit(people, {.ridge = 0.5, .decorrelate = false});
  EXPECT_NEAR(effect(named(directions, "age"), named(directions, "age")), 1, 1e-3);
  EXPECT_GT(std::abs(effect(named(directions, "age"), named(directions, "sex"))), 0.02);
}

TEST(Directions, ComeBackFromTheirFile) {
  const test::ScratchFolder folder;
  const std::vector<Direction> directions = fit(MadeUpPeople());
  writeDirectionFile(folder / "directions.safetensors", latentDirections(directions));
  const std::vector<DirectionPtr> read = readDirectionFile(folder / "directions.safetensors");
  ASSERT_EQ(read.size(), directions.size());
  const auto same = [](const at::Tensor& t, const std::vector<float>& numbers) {
    return at::equal(t.to(at::kFloat), at::tensor(at::ArrayRef<float>(numbers)));
  };
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i]->name, directions[i].spec.name);
    EXPECT_EQ(read[i]->label, directions[i].spec.label);
    EXPECT_EQ(read[i]->low, directions[i].spec.low);
    EXPECT_EQ(read[i]->high, directions[i].spec.high);
    EXPECT_DOUBLE_EQ(read[i]->explained, directions[i].explained);
    EXPECT_TRUE(same(directions[i].delta, read[i]->delta));
    EXPECT_TRUE(same(directions[i].estimate, read[i]->estimate));
  }
  EXPECT_THAT(folder.names(), testing::ElementsAre("directions.safetensors"));
}

TEST(Directions, RefuseAFileOfAnotherKind) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "x.safetensors") << "no";
  EXPECT_THROW(readDirectionFile(folder / "x.safetensors"), CheckpointError);
}

TEST(Directions, KnownOnesNeedTheirAttributes) {
  const MadeUpPeople people;
  for (const DirectionSpec& spec : knownDirections(people.table)) {
    EXPECT_NE(spec.name, "hair_length");
    for (const auto& term : spec.terms) {
      EXPECT_GE(people.table.find(term.first), 0) << term.first;
    }
  }
  EXPECT_THROW(fitDirections(people.table, people.w, {{"x", "X", "", "", {{"nothing", 1}}}}, {}),
               DatasetError);
}

}  // namespace
}  // namespace panohead
