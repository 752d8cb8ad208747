#include "core/base/quantity_text.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

TEST(QuantityText, SecondsHaveAsManyDecimalsAsAskedFor) {
  EXPECT_EQ(durationText(0.42), "0.4 s");
  EXPECT_EQ(durationText(44.7, 0), "45 s");
  EXPECT_EQ(durationText(150, 0), "3 min");
}

}  // namespace
}  // namespace panohead
