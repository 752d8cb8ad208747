// Sets of views; what their files hold is tested with the command (tests/app/views_test.cpp).
#include "core/filming/view_set_run.h"

#include "core/base/image_io.h"
#include "tests/support/first_model.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/some_avatar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace panohead {
namespace {

std::string textOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double bytesIn(const std::filesystem::path& folder) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    bytes += entry.is_regular_file() ? static_cast<double>(entry.file_size()) : 0;
  }
  return bytes;
}

TEST(ViewSetRun, AvatarWithoutBackgroundIsTransparent) {
  Avatar avatar = test::someAvatar(test::firstModel(), 3);
  avatar.background.kind = AvatarBackground::Kind::None;
  SilentContext context;
  const HeadPtr head =
      makeHead(test::firstModel(), avatarHead(std::make_shared<const Avatar>(std::move(avatar))), context);
  const test::ScratchFolder scratch;
  ViewSetOptions options{.size = 32, .depth_size = 16, .points = 0};
  options.pattern.count = 3;
  writeViewSet(head, {}, options, scratch / "views", context);
  EXPECT_EQ(readImage(scratch / "views" / "images" / "view_0000.png").channels, 4);
  EXPECT_EQ(textOf(scratch / "views" / "transforms.json").find("mask_path"), std::string::npos)
      << "the pictures have alpha: masks would hide what is around the head";
}

TEST(ViewSetRun, ForecastComesFromTheViewsDrawnLast) {
  SilentContext context;
  const HeadPtr head = makeHead(test::firstModel(), {.seed = 4}, context);
  ViewSetOptions options{.size = 96, .depth_size = 48, .points = 400};
  options.pattern.count = 3;
  EXPECT_FALSE(forecastViewSet(*head, options)) << "nothing is known yet";
  const test::ScratchFolder scratch;
  writeViewSet(head, {}, options, scratch / "few", context);
  options.pattern.count = 9;
  const auto forecast = forecastViewSet(*head, options);
  ASSERT_TRUE(forecast);
  const auto begin = std::chrono::steady_clock::now();
  writeViewSet(head, {}, options, scratch / "more", context);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LT(forecast->seconds, 3 * seconds);
  EXPECT_GT(forecast->seconds, seconds / 3);
  const double bytes = bytesIn(scratch / "more");
  EXPECT_NEAR(forecast->bytes, bytes, 0.5 * bytes);
  options.size = 64;
  EXPECT_FALSE(forecastViewSet(*head, options)) << "of other sizes nothing is known";
}

}  // namespace
}  // namespace panohead
