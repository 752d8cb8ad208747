// Sliders of several projects kept together.
#include "core/session/directions.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace panohead {
namespace {

DirectionPtr direction(const std::string& name, float number, const std::string& label = "Factor 1") {
  auto made = std::make_shared<LatentDirection>();
  made->name = name;
  made->label = label;
  made->delta = {number, 1};
  return made;
}

TEST(MergedDirections, NamesStayUniqueHoweverOftenTheyAreKept) {
  std::vector<DirectionPtr> kept{direction("factor_1", 1)};
  const DirectionPtr of_another_machine = direction("factor_1", 2);
  mergeDirections(kept, {of_another_machine});
  mergeDirections(kept, {of_another_machine});  // its project still calls it so
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0]->name, "factor_1");
  EXPECT_NE(kept[1]->name, "factor_1");
}

TEST(MergedDirections, ANewLabelReplacesTheOldOne) {
  std::vector<DirectionPtr> kept{direction("factor_1", 1)};
  mergeDirections(kept, {direction("factor_1", 1, "Jaw")});
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]->label, "Jaw");
}

}  // namespace
}  // namespace panohead
