// Each measure tells sound heads from heads that were damaged for it. The table of resources/docs/doctor.md
// is what the last test prints.
#include "core/doctor/examination.h"

#include "core/base/error.h"
#include "core/session/head_check.h"
#include "core/tensor/prelude.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/damaged_head.h"
#include "tests/support/first_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace panohead {
namespace {

constexpr std::uint32_t kSeeds[] = {0, 3};

HeadPtr headOf(std::uint32_t seed) {
  static std::map<std::uint32_t, HeadPtr> made;
  HeadPtr& head = made[seed];
  if (!head) {
    SilentContext context;
    head = makeHead(test::firstModel(), {.seed = seed}, context);
  }
  return head;
}

HeadGrade examined(std::uint32_t seed, const test::Damage& damage) {
  const HeadPtr head = headOf(seed);
  SynthesisSettings settings = head->model->generator.defaultSettings();
  settings.neural_resolution = 64;
  SilentContext context;
  const auto renderer = test::damagedRenderer(*head, damage);
  return doctor::examine({*renderer, head->prepared.background}, settings, context);
}

double valueOf(const HeadGrade& grade, HeadFault fault) {
  return grade.measures.at(static_cast<std::size_t>(fault)).value;
}

struct Case {
  const char* name;
  HeadFault fault;
  test::Damage damage;
};

std::vector<Case> cases() {
  return {{"face copied to the back", HeadFault::MirroredFace, test::faceOnBothSides()},
          {"network of depth 1", HeadFault::MirroredFace, test::oneSlice()},
          {"hole of radius 0.12", HeadFault::Holes, test::holed(0.12)},
          {"three balls of radius 0.04", HeadFault::Floaters, test::withFloaters(0.04)},
          {"squashed to 0.5", HeadFault::FlatHead, test::flattened(0.5)},
          {"lets 30 % of the light pass", HeadFault::BackgroundLeak, test::transparent(0.3)},
          {"noise of every camera's own", HeadFault::Flicker, test::flickering(0.5)}};
}

TEST(Doctor, EveryMeasureSeparatesSoundHeadsFromDamagedOnes) {
  std::map<std::uint32_t, HeadGrade> sound;
  std::string table = "                                ";
  for (const HeadMeasure& measure : examined(kSeeds[0], {}).measures) {
    table += fmt::format("{:>16}", faultName(measure.fault));
  }
  const auto row = [&](const std::string& name, const HeadGrade& grade) {
    table += fmt::format("\n{:32}", name);
    for (const HeadMeasure& measure : grade.measures) {
      table += fmt::format("{:16.3f}", measure.value);
    }
    table += fmt::format("  grade {:.1f}", grade.grade);
  };
  for (const std::uint32_t seed : kSeeds) {
    sound[seed] = examined(seed, {});
    row(fmt::format("seed {}", seed), sound[seed]);
  }
  for (const Case& one : cases()) {
    for (const std::uint32_t seed : kSeeds) {
      const HeadGrade damaged = examined(seed, one.damage);
      row(fmt::format("seed {}, {}", seed, one.name), damaged);
      const double limit = damaged.measures.at(static_cast<std::size_t>(one.fault)).limit;
      EXPECT_LT(valueOf(sound[seed], one.fault), limit) << one.name << ", seed " << seed;
      EXPECT_GT(valueOf(damaged, one.fault), limit) << one.name << ", seed " << seed;
      EXPECT_LT(damaged.grade, 0.6 * sound[seed].grade) << one.name << ", seed " << seed;
      EXPECT_FALSE(damaged.reasons.empty());
    }
  }
  std::puts(table.c_str());
}

TEST(Doctor, WorseDamageGradesWorse) {
  const auto grades = [](auto damage, std::initializer_list<double> amounts) {
    std::vector<double> found;
    for (const double amount : amounts) {
      found.push_back(examined(3, damage(amount)).grade);
    }
    return found;
  };
  for (const auto& found : {grades(test::withFloaters, {0.02, 0.07}),
                            grades(test::transparent, {0.05, 0.5}),
                            grades(test::flickering, {0.1, 1.0})}) {
    EXPECT_GT(found[0], 1.5 * found[1]);
  }
}

TEST(Doctor, FastPathGradesAsPlainOperationsDo) {
  SilentContext context;
  for (const std::uint32_t seed : kSeeds) {
    const HeadGrade fast = checkHead(*headOf(seed), context);
    const HeadGrade plain = examined(seed, {});
    for (std::size_t i = 0; i < fast.measures.size(); ++i) {
      EXPECT_NEAR(fast.measures[i].value, plain.measures[i].value, 0.15 * fast.measures[i].limit)
          << faultName(fast.measures[i].fault) << ", seed " << seed;
    }
  }
}

TEST(Doctor, BackgroundChoiceDoesNotMatterAndEqualHeadsGetEqualGrades) {
  SilentContext context;
  const HeadPtr own = headOf(3);
  const HeadGrade grade = checkHead(*own, context);
  EXPECT_EQ(checkHead(*own, context).grade, grade.grade);
  EXPECT_EQ(checkHead(*withBackground(own, NoBackground{}, context), context).grade, grade.grade);
  EXPECT_EQ(checkHead(*withBackground(own, ColourBackground{9, 9, 9}, context), context).grade, grade.grade);
}

TEST(Doctor, WhereThereIsNoHeadThatIsTheOnlyReason) {
  for (const double density : {-1000.0, std::numeric_limits<double>::quiet_NaN()}) {
    const HeadGrade grade = examined(0, {.density = [density](const at::Tensor&, const at::Tensor& sound) {
                                       return at::full_like(sound, density);
                                     }});
    EXPECT_EQ(grade.grade, 0) << density;
    ASSERT_EQ(grade.reasons.size(), 1U) << density;
    EXPECT_TRUE(grade.reasons[0].starts_with("there is no head")) << grade.reasons[0];
    ASSERT_EQ(grade.measures.size(), 6U);
    for (const HeadMeasure& measure : grade.measures) {
      EXPECT_EQ(measure.score, 0) << faultName(measure.fault);
    }
  }
}

TEST(Doctor, PicturesThatAreNotNumbersAreNoGoodHead) {
  // As with damaged weights of super-resolution: volume rendering is sound.
  test::Damage damage;
  damage.image = [](const FeatureImage& image, const at::Tensor&) {
    FeatureImage broken = image;
    broken.feature = image.feature.clone();
    broken.feature.select(1, image.feature.size(1) - 1).fill_(std::numeric_limits<double>::quiet_NaN());
    return broken;
  };
  const HeadGrade grade = examined(3, damage);
  EXPECT_EQ(grade.grade, 0);
  ASSERT_EQ(grade.reasons.size(), 1U);
  EXPECT_TRUE(grade.reasons[0].find("not a number") != std::string::npos) << grade.reasons[0];
}

TEST(Doctor, CanBeStopped) {
  test::CancellingContext context(5);
  EXPECT_THROW(checkHead(*headOf(0), context), Cancelled);
}

}  // namespace
}  // namespace panohead
