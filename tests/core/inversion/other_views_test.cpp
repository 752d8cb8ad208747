#include "core/inversion/other_views.h"

#include <gtest/gtest.h>

#include <set>

namespace panohead {
namespace {

TEST(OtherViewsTest, EveryViewHasItsTurn) {
  for (std::int64_t count = 1; count <= 60; ++count) {
    std::set<std::int64_t> seen;
    for (std::int64_t step = 7; step < 7 + count; ++step) {
      seen.insert(viewOfStep(step, count));
    }
    EXPECT_EQ(static_cast<std::int64_t>(seen.size()), count);
    EXPECT_GE(*seen.begin(), 0);
    EXPECT_LT(*seen.rbegin(), count);
  }
}

}  // namespace
}  // namespace panohead
