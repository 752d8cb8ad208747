#include "core/base/image_io.h"
#include "tests/support/image_psnr.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#ifdef PANOHEAD_HAVE_OPENCV
#include <opencv2/core/mat.hpp>
#include <opencv2/videoio.hpp>
#endif

#include <chrono>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Video : public testing::Test {
 protected:
  std::string out(const std::string& name) const { return (scratch_ / name).string(); }

  ProcessResult video(std::vector<std::string> arguments, const test::ProcessOptions& options = {}) const {
    arguments.insert(arguments.begin(), "video");
    for (const char* quick : {"--resolution", "16", "--samples", "4+4", "--size", "64"}) {
      arguments.emplace_back(quick);
    }
    return studio(arguments, options);
  }

  /// The frames of a film saved as numbered pictures.
  std::vector<Image> frames(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--out", out(name)});
    const ProcessResult result = video(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    std::vector<Image> found;
    while (std::filesystem::exists(frame(name, static_cast<int>(found.size())))) {
      found.push_back(readImage(frame(name, static_cast<int>(found.size()))));
    }
    return found;
  }

  std::filesystem::path frame(const std::string& name, int index) const {
    const std::string number = std::to_string(index);
    return scratch_ / name / ("frame_" + std::string(6 - number.size(), '0') + number + ".png");
  }

  /// Whether a folder of pictures is being filled that has this one.
  bool drawn(const std::string& picture) const {
    const auto names = scratch_.names();
    return !names.empty() && std::filesystem::exists(scratch_ / names[0] / picture);
  }

  test::ScratchFolder scratch_;
};

TEST_F(Video, ExactFilmsAreThoseOfPlainOperations) {
  const std::vector<Image> fast = frames("fast", {"--seeds", "5", "--frames", "1"});
  const std::vector<Image> exact = frames("exact", {"--seeds", "5", "--frames", "1", "--exact"});
  ASSERT_EQ(fast.size(), 1U);
  ASSERT_EQ(exact.size(), 1U);
  EXPECT_NE(fast[0].pixels, exact[0].pixels);
  EXPECT_GT(test::psnr(fast[0], exact[0]), 35);
}

TEST_F(Video, OrbitTurnsOnceAroundEachHead) {
  const auto film = frames("film", {"--seeds", "0,3", "--frames", "8"});
  ASSERT_EQ(film.size(), 8U);
  EXPECT_EQ(film[0].width, 64);
  const auto other = frames("other", {"--seeds", "3", "--frames", "4"});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(film[4 + i].pixels, other[i].pixels) << i;
    EXPECT_NE(film[i].pixels, other[i].pixels) << i;
  }
}

TEST_F(Video, InterpolationPassesThroughItsHeads) {
  const auto closed = frames("closed", {"--kind", "interpolate", "--seeds", "0-2", "--frames", "6"});
  const auto open = frames("open", {"--kind", "interpolate", "--seeds", "0-2", "--frames", "5", "--open"});
  ASSERT_EQ(closed.size(), 6U);
  ASSERT_EQ(open.size(), 5U);
  for (std::size_t seed = 0; seed < 3; ++seed) {
    const auto still =
        frames("still" + std::to_string(seed), {"--seeds", std::to_string(seed), "--frames", "1"});
    const auto distance = [&](const Image& image) {
      int largest = 0;
      for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        largest = std::max(largest, std::abs(image.pixels[i] - still[0].pixels[i]));
      }
      return largest;
    };
    EXPECT_LE(distance(closed[2 * seed]), 1);
    EXPECT_LE(distance(open[2 * seed]), 1);
    EXPECT_GT(distance(closed[2 * seed + 1]), 4);
  }
}

TEST_F(Video, GridShowsItsHeadsSideBySide) {
  const auto film = frames("film", {"--kind", "grid", "--grid", "2x1", "--seeds", "0,3", "--frames", "2"});
  ASSERT_EQ(film.size(), 2U);
  ASSERT_EQ(film[0].width, 128);
  ASSERT_EQ(film[0].height, 64);
  const auto right = frames("right", {"--seeds", "3", "--frames", "2"});
  for (int y = 0; y < 64; ++y) {
    EXPECT_TRUE(std::equal(right[1].row(y), right[1].row(y) + right[1].rowBytes(), film[1].row(y) + 3 * 64))
        << y;
  }
}

TEST_F(Video, MissingFolderIsRefused) {
  const ProcessResult result = video({"--seeds", "0", "--frames", "2", "--out", out("missing/film.mp4")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("missing/film.mp4"));
}

TEST_F(Video, InterruptKeepsTheFramesMadeSoFar) {
  const auto interrupt = [this, sent = false](pid_t process, const std::string&) mutable {
    if (!sent && drawn("frame_000002.png")) {
      sent = kill(process, SIGINT) == 0;
    }
  };
  const ProcessResult result =
      video({"--seeds", "0", "--frames", "100000", "--out", out("film")}, {.watch = interrupt});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.errors, HasSubstr("of 100000 frames are in"));
  EXPECT_THAT(scratch_.names(), ElementsAre("film"));
  EXPECT_EQ(readImage(frame("film", 2)).width, 64);
}

#ifdef PANOHEAD_HAVE_OPENCV

TEST_F(Video, FilmIsPlayable) {
  const ProcessResult result =
      video({"--seeds", "0", "--frames", "7", "--fps", "10", "--out", out("film.mp4")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.errors, "7 frames in " + out("film.mp4") + "\n");
  cv::VideoCapture film(out("film.mp4"));
  ASSERT_TRUE(film.isOpened());
  EXPECT_EQ(film.get(cv::CAP_PROP_FRAME_WIDTH), 64);
  cv::Mat frame;
  int count = 0;
  while (film.read(frame)) {
    ++count;
  }
  EXPECT_EQ(count, 7);
}

TEST_F(Video, InterruptLeavesAPlayableFilm) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point opened{};
  const auto interrupt = [&](pid_t process, const std::string&) {
    if (opened == Clock::time_point() && !scratch_.names().empty()) {
      opened = Clock::now();  // the first frame is being drawn
    } else if (opened != Clock::time_point() && Clock::now() - opened > std::chrono::seconds(3)) {
      kill(process, SIGINT);
      opened = Clock::time_point::max();
    }
  };
  const ProcessResult result =
      video({"--seeds", "0", "--frames", "100000", "--out", out("film.mp4")}, {.watch = interrupt});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.errors, HasSubstr("panohead-studio: interrupted\n"));
  EXPECT_THAT(scratch_.names(), ElementsAre("film.mp4"));
  cv::VideoCapture film(out("film.mp4"));
  cv::Mat frame;
  EXPECT_TRUE(film.read(frame));
}

TEST_F(Video, FullDiskLeavesNoFilm) {
  const ProcessResult result =
      video({"--seeds", "0", "--frames", "20", "--out", out("film.mp4")}, {.max_file_bytes = 1000});
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("film.mp4"));
  EXPECT_THAT(scratch_.names(), IsEmpty());
}

#endif

}  // namespace
}  // namespace panohead
