#include "core/vision/photo_alignment.h"

#include "core/base/image_io.h"
#include "tests/support/test_files.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

TEST(PhotoAlignment, FindsTheAstronaut) {
  const auto path = test::sharedData("photos/wild/astronaut.png");
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "set PANOHEAD_SHARED to the folder of the shared photos";
  }
  VisionNetworks networks;
  SilentContext context;
  const auto heads = alignPhoto(networks, readImage(path), {}, context);
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].found_by, FoundBy::Face);
  EXPECT_NEAR(heads[0].pose.yaw, 0.81, 0.3);
  EXPECT_NEAR(heads[0].pose.square.x, 225.8, 1);
  EXPECT_NEAR(heads[0].pose.square.y, 107.7, 1);
  EXPECT_NEAR(heads[0].pose.square.side, 172.4, 1);
}

}  // namespace
}  // namespace panohead
