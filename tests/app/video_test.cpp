#include "core/base/image_io.h"
#include "core/export/camera_set.h"
#include "core/session/project.h"
#include "tests/support/image_psnr.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#ifdef PANOHEAD_HAVE_OPENCV
#include <opencv2/core/mat.hpp>
#include <opencv2/videoio.hpp>
#endif

#include <algorithm>
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

TEST_F(Video, InterruptedFolderGoesOnWhereItStopped) {
  const auto interrupt = [this, sent = false](pid_t process, const std::string&) mutable {
    if (!sent && drawn("frame_000002.png")) {
      sent = kill(process, SIGINT) == 0;
    }
  };
  const std::vector<std::string> film{"--seeds", "0", "--frames", "150", "--out", out("film")};
  const ProcessResult result = video(film, {.watch = interrupt});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.errors, HasSubstr("of 150 frames are in '" + out("film.part") + "'"));
  EXPECT_THAT(scratch_.names(), ElementsAre("film.part"));

  std::vector<std::string> other = film;
  other.insert(other.end(), {"--psi", "0.5"});
  const ProcessResult refused = video(other);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("psi: 0.7"));

  const ProcessResult rest = video(film);
  EXPECT_EQ(rest.exit_code, 0) << rest.errors;
  EXPECT_THAT(rest.errors, HasSubstr("of them from an earlier run"));
  EXPECT_THAT(scratch_.names(), ElementsAre("film"));
  const auto whole = frames("whole", {"--seeds", "0", "--frames", "150"});
  ASSERT_EQ(whole.size(), 150U);
  for (int i = 0; i < 150; ++i) {
    ASSERT_EQ(readImage(frame("film", i)).pixels, whole[static_cast<std::size_t>(i)].pixels) << i;
  }
}

TEST_F(Video, OrbitClosesWithoutRepeatAndWithoutJump) {
  const auto film = frames("film", {"--seeds", "2", "--frames", "12", "--background", "black"});
  ASSERT_EQ(film.size(), 12U);
  std::vector<double> steps;
  for (std::size_t i = 0; i < film.size(); ++i) {
    steps.push_back(-test::psnr(film[i], film[(i + 1) % film.size()]));
  }
  const auto [least, most] = std::minmax_element(steps.begin(), steps.end() - 1);
  EXPECT_GE(steps.back(), *least - 3) << "dB";
  EXPECT_LE(steps.back(), *most + 3);
}

TEST_F(Video, PathFollowsTheKeyFramesOfAProject) {
  Project project;
  project.head.seed = 3;
  project.key_frames.set({0, {.yaw_degrees = -30}, project.head});
  project.key_frames.set({1, {.yaw_degrees = 60}, project.head});
  project.frames_per_second = 4;
  writeProject(scratch_ / "path.heads", project);
  const auto film = frames("film", {"--kind", "path", "--path", out("path.heads")});
  ASSERT_EQ(film.size(), 5U) << "at the project's rate";
  const auto last = frames("last", {"--seeds", "3", "--frames", "1", "--yaw", "60"});
  EXPECT_EQ(film[4].pixels, last[0].pixels);

  KeyFrames one;
  one.set({0, {}, project.head});
  project.key_frames = one;
  writeProject(scratch_ / "still.heads", project);
  const ProcessResult still =
      video({"--kind", "path", "--path", out("still.heads"), "--out", out("still.mp4")});
  EXPECT_EQ(still.exit_code, 2);
  EXPECT_THAT(still.errors, HasSubstr("1 key frame"));
  EXPECT_FALSE(std::filesystem::exists(out("still.mp4")));
}

TEST_F(Video, PathFollowsGivenCameras) {
  writeCameraSet(scratch_ / "cameras.json",
                 {10, 64, 64, {orbitLabel({.yaw_degrees = 10}), orbitLabel({.yaw_degrees = 200})}});
  const auto film = frames("film", {"--kind", "path", "--path", out("cameras.json"), "--seeds", "5"});
  ASSERT_EQ(film.size(), 2U);
  EXPECT_EQ(film[1].pixels, frames("back", {"--seeds", "5", "--frames", "1", "--yaw", "200"})[0].pixels);
}

TEST_F(Video, SplitShowsTwoHeads) {
  const auto film =
      frames("film", {"--kind", "split", "--seeds", "3,7", "--frames", "2", "--divider", "0.5"});
  ASSERT_EQ(film.size(), 2U);
  const auto left = frames("left", {"--seeds", "3", "--frames", "2"});
  const auto right = frames("right", {"--seeds", "7", "--frames", "2"});
  for (int y = 0; y < 64; ++y) {
    EXPECT_TRUE(std::equal(left[1].row(y), left[1].row(y) + 3 * 31, film[1].row(y)));
    EXPECT_EQ(film[1].row(y)[3 * 32], 255);
    EXPECT_TRUE(std::equal(right[1].row(y) + 3 * 33, right[1].row(y) + 3 * 64, film[1].row(y) + 3 * 33));
  }
}

TEST_F(Video, CombinationsThatMakeNoSenseAreExplained) {
  const auto refused = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--out", out("film.mp4")});
    const ProcessResult result = video(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    return result.errors;
  };
  EXPECT_THAT(refused({}), HasSubstr("--seeds"));
  EXPECT_THAT(refused({"--kind", "path", "--seeds", "1"}), HasSubstr("--path"));
  EXPECT_THAT(refused({"--path", "a.heads"}), HasSubstr("--kind path"));
  EXPECT_THAT(refused({"--kind", "path", "--path", "a.heads", "--seeds", "1"}), HasSubstr("--seeds"));
  EXPECT_THAT(refused({"--kind", "path", "--path", "a.json"}), HasSubstr("--seeds 5"));
  for (const auto& [option, value] :
       {std::pair{"--psi", "1"}, std::pair{"--cutoff", "14"}, std::pair{"--noise", "none"}}) {
    EXPECT_THAT(refused({"--kind", "path", "--path", "a.heads", option, value}),
                HasSubstr(std::string(option) + ": the project says"));
  }
  EXPECT_THAT(refused({"--kind", "split", "--seeds", "1"}), HasSubstr("two heads"));
  EXPECT_THAT(refused({"--seeds", "1", "--divider", "0.5"}), HasSubstr("--kind split"));
  EXPECT_THAT(refused({"--seeds", "1", "--background", "none"}), HasSubstr(".webm"));
  EXPECT_THAT(refused({"--seeds", "1", "--quality", "0"}), HasSubstr("--quality"));
  const ProcessResult huge = studio({"video",
                                     "--kind",
                                     "grid",
                                     "--grid",
                                     "8x8",
                                     "--seeds",
                                     "0-63",
                                     "--size",
                                     "4096",
                                     "--out",
                                     out("film.mp4")});
  EXPECT_EQ(huge.exit_code, 2);
  EXPECT_THAT(huge.errors, HasSubstr("32768 x 32768 pixels"));
  EXPECT_THAT(scratch_.names(), IsEmpty());
}

TEST_F(Video, FoldersKeepAlpha) {
  const auto film = frames("film", {"--seeds", "3", "--frames", "1", "--background", "none"});
  ASSERT_EQ(film.size(), 1U);
  ASSERT_EQ(film[0].channels, 4);
  EXPECT_LT(film[0].row(1)[3], 20);
  EXPECT_GT(film[0].row(32)[4 * 32 + 3], 200);
}

#ifdef PANOHEAD_HAVE_OPENCV

TEST_F(Video, FilmIsPlayable) {
  const ProcessResult result =
      video({"--seeds", "0", "--frames", "7", "--fps", "10", "--out", out("film.mp4")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("7 frames in '" + out("film.mp4") + "'"));
  EXPECT_THAT(result.errors, HasSubstr("encoding"));
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

TEST_F(Video, InterruptLeavesAPlayablePart) {
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
  EXPECT_THAT(scratch_.names(), ElementsAre("film.part.mp4"));
  cv::VideoCapture film(out("film.part.mp4"));
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
