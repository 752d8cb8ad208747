// Sets of views; what their files hold is tested with the command (tests/app/views_test.cpp).
#include "core/filming/view_set_run.h"

#include "core/base/image_io.h"
#include "core/export/depth_map.h"
#include "tests/support/first_model.h"
#include "tests/support/read_views.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/some_avatar.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
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
  EXPECT_LT(forecast->seconds, 10 * seconds)
      << "the machine may do other work now than then, but units must be right";
  EXPECT_GT(forecast->seconds, seconds / 10);
  const double bytes = bytesIn(scratch / "more");
  EXPECT_NEAR(forecast->bytes, bytes, 0.5 * bytes);
  options.size = 64;
  EXPECT_FALSE(forecastViewSet(*head, options)) << "of other sizes nothing is known";
}

/// Depth is of a mesh, pictures are of rays: that both show the same, from below and from the side, too.
TEST(ViewSetRun, DepthIsOfWhatThePicturesShow) {
  SilentContext context;
  const HeadPtr head = makeHead(test::firstModel(), {.seed = 5}, context);
  ViewSetOptions options{.size = 128, .depth_size = 128, .points = 0};
  options.pattern.count = 6;
  options.pattern.pitches = {-40, 15};
  const test::ScratchFolder scratch;
  writeViewSet(head, {}, options, scratch / "views", context);
  const std::vector<OrbitView> cameras = placeCameras(options.pattern);
  for (std::size_t i = 0; i < cameras.size(); ++i) {
    const std::filesystem::path name = scratch / "views" / "depth" / fmt::format("view_{:04}.png", i);
    const test::DepthFile written = test::readDepth(name);
    const CameraLabel camera = orbitLabel(cameras[i]);
    const Frame frame =
        renderFrame(*head, {.camera = camera, .mode = RenderMode::Depth, .neural_resolution = 128}, context);
    const DepthMap rays = depthMap(camera, 128, frame.depth, frame.mask);
    std::vector<double> errors;
    int missing = 0;
    for (int y = 0; y < 128; ++y) {
      for (int x = 0; x < 128; ++x) {
        const float z = rays.z[static_cast<std::size_t>(y * 128 + x)];
        const double seen = written.at(x, y) * kDepthUnit;
        EXPECT_TRUE(z > 0 || seen == 0) << "depth outside of the mask";
        if (z > 0 && seen > 0) {
          errors.push_back(std::abs(seen - z));
        }
        missing += z > 0 && seen == 0 ? 1 : 0;
      }
    }
    ASSERT_GT(errors.size(), 1000U);
    std::ranges::sort(errors);
    std::printf("yaw %.0f, pitch %.0f: median %.4f, 99 %% %.4f of %zu; %d without\n",
                cameras[i].yaw_degrees,
                cameras[i].pitch_degrees,
                errors[errors.size() / 2],
                errors[errors.size() * 99 / 100],
                errors.size(),
                missing);

    EXPECT_LT(errors[errors.size() / 2], 0.01);
    EXPECT_LT(missing, (cameras[i].pitch_degrees < 0 ? 0.6 : 0.15) * static_cast<double>(errors.size()))
        << "from far below rays end under the bust, beyond the box";
  }
}

}  // namespace
}  // namespace panohead
