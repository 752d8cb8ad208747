#include "core/export/video_file.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#ifdef PANOHEAD_HAVE_OPENCV
#include <opencv2/core/mat.hpp>
#include <opencv2/videoio.hpp>
#endif

#include <fstream>

namespace panohead {
namespace {

constexpr VideoFormat kFormat{.width = 64, .height = 48, .fps = 12};

/// A grey that grows from frame to frame.
Image flatFrame(int index, int width = 64, int height = 48) {
  Image image(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), static_cast<std::uint8_t>(40 + 20 * index));
  return image;
}

void fill(VideoWriter& writer, int frames) {
  for (int i = 0; i < frames; ++i) {
    writer.addFrame(flatFrame(i));
  }
}

TEST(VideoWriter, FolderOfPicturesKeepsEveryFrameExactly) {
  const test::ScratchFolder scratch;
  VideoWriter writer(scratch / "film", kFormat);
  fill(writer, 3);
  EXPECT_FALSE(std::filesystem::exists(scratch / "film"));
  writer.finish();
  EXPECT_EQ(readImage(scratch / "film" / "frame_000002.png").pixels, flatFrame(2).pixels);
  EXPECT_THAT(scratch.names(), testing::ElementsAre("film"));
  EXPECT_TRUE(writer.notice().empty());
}

TEST(VideoWriter, ExistingFolderIsNotTouched) {
  const test::ScratchFolder scratch;
  std::filesystem::create_directory(scratch / "film");
  EXPECT_THROW(VideoWriter(scratch / "film", kFormat), SaveError);
}

TEST(VideoWriter, FolderThatIsBeingWrittenIsLeftAlone) {
  const test::ScratchFolder scratch;
  VideoWriter first(scratch / "film", kFormat);
  fill(first, 3);
  EXPECT_THROW(VideoWriter(scratch / "film", kFormat), SaveError);
  first.finish();
  EXPECT_EQ(readImage(scratch / "film" / "frame_000002.png").pixels, flatFrame(2).pixels);
  EXPECT_THAT(scratch.names(), testing::ElementsAre("film"));
}

TEST(VideoWriter, UnfinishedFilmsLeaveNothingUnderTheirNames) {
  const test::ScratchFolder scratch;
  for (const char* name : {"film", "film.mp4", "film.webm", "film.webp"}) {
    VideoWriter writer(scratch / name, kFormat);
    fill(writer, 2);
  }
  {
    VideoWriter(scratch / "empty", kFormat);
  }
  EXPECT_THAT(scratch.names(), testing::IsSubsetOf({"film.part"}));
}

TEST(VideoWriter, FolderGoesOnBehindItsLastPicture) {
  const test::ScratchFolder scratch;
  VideoFormat format = kFormat;
  format.settings = "seed: 5\npsi: 0.7\n";
  {
    VideoWriter writer(scratch / "film", format);
    fill(writer, 3);
    EXPECT_EQ(writer.keepPart(), scratch / "film.part");
  }
  VideoWriter writer(scratch / "film", format);
  EXPECT_EQ(writer.resumed(), 3);
  writer.addFrame(flatFrame(3));
  writer.finish();
  EXPECT_EQ(writer.frames(), 4);
  EXPECT_THAT(scratch.names(), testing::ElementsAre("film"));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(readImage(scratch / "film" / ("frame_00000" + std::to_string(i) + ".png")).pixels,
              flatFrame(i).pixels);
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "film" / "film.json"));
}

TEST(VideoWriter, FolderThatCannotGetItsNameCanBeGoneOnWith) {
  const test::ScratchFolder scratch;
  {
    VideoWriter writer(scratch / "film", kFormat);
    fill(writer, 2);
    std::filesystem::create_directories(scratch / "film" / "of another program");
    EXPECT_THROW(writer.finish(), SaveError);
    EXPECT_EQ(writer.keepPart(), scratch / "film.part");
    EXPECT_EQ(writer.frames(), 2);
  }
  std::filesystem::remove_all(scratch / "film");
  EXPECT_TRUE(std::filesystem::exists(scratch / "film.part" / "film.json"));
}

TEST(VideoWriter, FolderThatCannotSayWhatItIsIsNotInTheWayLater) {
  const test::ScratchFolder scratch;
  {
    const test::FileSizeLimit full(5);
    EXPECT_THROW(VideoWriter(scratch / "film", kFormat), SaveError);
  }
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

TEST(VideoWriter, KindIsWhatItEndedWith) {
  const test::ScratchFolder scratch;
  EXPECT_EQ(VideoWriter(scratch / "film", kFormat).kind(), FilmKind::Pictures);
  // Where there is no encoder this is a folder, whose name is none of a film.
  const VideoWriter writer(scratch / "head.v2.webm", kFormat);
  EXPECT_EQ(writer.kind() == FilmKind::WebM, writer.path().extension() == ".webm");
}

TEST(VideoWriter, FolderOfOtherSettingsIsNotGoneOnWith) {
  const test::ScratchFolder scratch;
  VideoFormat format = kFormat;
  format.settings = "seed: 5\npsi: 0.7\n";
  {
    VideoWriter writer(scratch / "film", format);
    fill(writer, 1);
    writer.keepPart();
  }
  format.settings = "seed: 5\npsi: 1\n";
  try {
    VideoWriter writer(scratch / "film", format);
    FAIL() << "it goes on";
  } catch (const SaveError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("psi: 0.7"));
    EXPECT_THAT(error.what(), testing::HasSubstr("psi: 1"));
    EXPECT_THAT(error.what(), testing::HasSubstr("film.part"));
  }
  EXPECT_TRUE(std::filesystem::exists(scratch / "film.part" / "frame_000000.png"));
}

TEST(VideoWriter, FullDiskInTheMiddleLeavesNothingUnderTheName) {
  const test::ScratchFolder scratch;
  std::uint32_t state = 1;
  const auto noise = [&state] {
    Image image(256, 256, 3);
    for (std::uint8_t& value : image.pixels) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<std::uint8_t>(state >> 24);
    }
    return image;
  };
  for (const char* name : {"film.mp4", "film.webm", "film.webp", "film"}) {
    const test::FileSizeLimit full(100'000);
    EXPECT_THROW(
        {
          VideoWriter writer(scratch / name, {.width = 256, .height = 256, .fps = 12});
          for (int i = 0; i < 12; ++i) {
            writer.addFrame(noise());
          }
          writer.finish();
        },
        SaveError)
        << name;
    EXPECT_FALSE(std::filesystem::exists(scratch / name)) << name;
  }
}

TEST(VideoWriter, FilmWithoutFramesIsAnError) {
  const test::ScratchFolder scratch;
  VideoWriter writer(scratch / "film.mp4", kFormat);
  EXPECT_THROW(writer.finish(), SaveError);
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

TEST(VideoWriter, UnknownSuffixBadFormatAndMissingFolderAreRefused) {
  const test::ScratchFolder scratch;
  EXPECT_THROW(VideoWriter(scratch / "film.avi", kFormat), OptionError);
  EXPECT_EQ(filmKind("FILM.MP4"), FilmKind::Mp4);
  EXPECT_EQ(filmKind("film.WebM"), FilmKind::WebM);
  EXPECT_THROW(VideoWriter(scratch / "film.mp4", (VideoFormat{.width = 64, .height = 48, .fps = 0})),
               OptionError);
  EXPECT_THROW(VideoWriter(scratch / "film.mp4", (VideoFormat{.width = 1, .height = 48})), OptionError);
  EXPECT_THROW(VideoWriter(scratch / "missing" / "film.mp4", kFormat), SaveError);
  EXPECT_THROW(VideoWriter(scratch / "missing" / "film", kFormat), SaveError);
  EXPECT_THROW(VideoWriter(scratch / "film.mp4", (VideoFormat{.width = 64, .height = 48, .quality = 0})),
               OptionError);
  EXPECT_THROW(VideoWriter(scratch / "film.mp4", (VideoFormat{.width = 64, .height = 48, .megabits = -1})),
               OptionError);
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

TEST(VideoWriter, FrameOfAnotherSizeIsRefused) {
  const test::ScratchFolder scratch;
  VideoWriter writer(scratch / "film", kFormat);
  EXPECT_THROW(writer.addFrame(flatFrame(0, 32, 48)), OptionError);
}

#ifdef PANOHEAD_HAVE_OPENCV

TEST(VideoWriter, Mp4PlaysBackWithItsFramesInOrder) {
  const test::ScratchFolder scratch;
  VideoWriter writer(scratch / "film.mp4", kFormat);
  fill(writer, 10);
  EXPECT_FALSE(std::filesystem::exists(scratch / "film.mp4"));
  writer.finish();
  EXPECT_THAT(scratch.names(), testing::ElementsAre(writer.path().filename().string()));

  cv::VideoCapture film((scratch / "film.mp4").string());
  ASSERT_TRUE(film.isOpened());
  EXPECT_NEAR(film.get(cv::CAP_PROP_FPS), 12, 1e-6);
  cv::Mat frame;
  int count = 0;
  while (film.read(frame)) {
    EXPECT_NEAR(cv::mean(frame)[1], 40 + 20 * count, 3) << "frame " << count;
    ++count;
  }
  EXPECT_EQ(count, 10);
}

TEST(VideoWriter, OddSizesLoseTheLastColumnAndRow) {
  const test::ScratchFolder scratch;
  VideoWriter writer(scratch / "film.mp4", {.width = 65, .height = 49, .fps = 10});
  writer.addFrame(flatFrame(1, 65, 49));
  writer.finish();
  cv::VideoCapture film((scratch / "film.mp4").string());
  EXPECT_EQ(film.get(cv::CAP_PROP_FRAME_WIDTH), 64);
  EXPECT_EQ(film.get(cv::CAP_PROP_FRAME_HEIGHT), 48);
}

TEST(VideoWriter, EarlierFilmIsReplacedOnlyWhenFinished) {
  const test::ScratchFolder scratch;
  std::ofstream(scratch / "film.mp4") << "earlier";
  VideoWriter writer(scratch / "film.mp4", kFormat);
  fill(writer, 2);
  EXPECT_EQ(std::filesystem::file_size(scratch / "film.mp4"), 7U);
  writer.finish();
  EXPECT_GT(std::filesystem::file_size(scratch / "film.mp4"), 500U);
}

TEST(VideoWriter, EncoderKeepsQuiet) {
  const test::ScratchFolder scratch;
  testing::internal::CaptureStderr();
  VideoWriter writer(scratch / "film.mp4", kFormat);
  fill(writer, 5);
  writer.finish();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

#endif

}  // namespace
}  // namespace panohead
