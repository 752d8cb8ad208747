// What players and editors find in our films, read by FFmpeg's decoders and libwebp's own reader.
#include "core/export/film_file.h"

#include "core/export/video_file.h"
#include "tests/support/decoded_film.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#ifdef PANOHEAD_HAVE_WEBPDEMUX
#include <webp/demux.h>
#endif

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

namespace panohead {
namespace {

constexpr int kSide = 64;  // pixels

/// Flat colours in blocks of 16, which move from frame to frame.
std::array<std::uint8_t, 3> paint(int frame, int x, int y) {
  const int block = x / 16 + y / 16 * 4 + frame;
  return {static_cast<std::uint8_t>(block * 53 % 256),
          static_cast<std::uint8_t>(block * 97 % 256),
          static_cast<std::uint8_t>(block * 151 % 256)};
}

Image painted(int frame, int channels = 3) {
  Image image(kSide, kSide, channels);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const auto colour = paint(frame, x, y);
      std::copy(colour.begin(), colour.end(), image.row(y) + x * channels);
      if (channels == 4) {
        image.row(y)[x * 4 + 3] = static_cast<std::uint8_t>(y < kSide / 2 ? 255 : 64);
      }
    }
  }
  return image;
}

void writeFilm(const std::filesystem::path& path, VideoFormat format, int frames) {
  format.width = format.height = kSide;
  VideoWriter writer(path, format);
  for (int i = 0; i < frames; ++i) {
    writer.addFrame(painted(i, format.alpha ? 4 : 3));
  }
  writer.finish();
}

/// Largest difference in the middles of blocks, where colours are flat.
double worstColour(const test::DecodedFilm& film) {
  double worst = 0;
  for (std::size_t frame = 0; frame < film.frames.size(); ++frame) {
    for (int y = 8; y < kSide; y += 16) {
      for (int x = 8; x < kSide; x += 16) {
        const auto wanted = paint(static_cast<int>(frame), x, y);
        const test::Colour found = test::colourAt(film, frame, x, y);
        worst = std::max({worst,
                          std::abs(found.red - wanted[0]),
                          std::abs(found.green - wanted[1]),
                          std::abs(found.blue - wanted[2])});
      }
    }
  }
  return worst;
}

#ifdef PANOHEAD_HAVE_FFMPEG

TEST(FilmFile, Mp4IsTaggedH264WithTheColoursOfThePictures) {
  const test::ScratchFolder scratch;
  writeFilm(scratch / "film.mp4", {.fps = 12, .quality = 100}, 8);
  const test::DecodedFilm film = test::decodeFilm(scratch / "film.mp4");
  EXPECT_EQ(film.codec, "h264");
  EXPECT_EQ(film.pixel_format, "yuv420p");
  EXPECT_EQ(film.primaries, "bt709");
  EXPECT_EQ(film.matrix, "bt709");
  EXPECT_EQ(film.range, "tv");
  EXPECT_NEAR(film.fps, 12, 1e-9);
  ASSERT_EQ(film.frames.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(film.frames[i].seconds, static_cast<double>(i) / 12, 1e-4);
  }
  const double worst = worstColour(film);
  EXPECT_LT(worst, 3.5) << "two steps of 8-bit YUV and the encoder";
  RecordProperty("worst_colour", std::to_string(worst));
}

TEST(FilmFile, Mp4HasItsIndexInFront) {
  const test::ScratchFolder scratch;
  writeFilm(scratch / "film.mp4", {}, 8);
  std::ifstream file(scratch / "film.mp4", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_NE(bytes.find("moov"), std::string::npos);
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST(FilmFile, NamesMayHoldColons) {
  const test::ScratchFolder scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch / "");  // nothing before the colon: it could be a protocol
  writeFilm("12:30.mp4", {}, 4);
  std::filesystem::current_path(before);
  EXPECT_EQ(test::decodeFilm(scratch / "12:30.mp4").frames.size(), 4U);
}

TEST(FilmFile, QualityAndBitRateDecideTheSize) {
  const test::ScratchFolder scratch;
  const auto sizeOf = [&](const std::string& name, const VideoFormat& format) {
    writeFilm(scratch / name, format, 30);
    return static_cast<double>(std::filesystem::file_size(scratch / name));
  };
  for (const std::string suffix : {".mp4", ".webm", ".webp"}) {
    const double low = sizeOf("low" + suffix, {.quality = 10});
    const double high = sizeOf("high" + suffix, {.quality = 95});
    EXPECT_LT(low * 1.3, high) << suffix;
  }
  // Noise needs all that it is given: two seconds of it at two bit rates.
  const auto sizeAtRate = [&](const std::string& name, double megabits) {
    VideoWriter writer(scratch / name, {.width = 256, .height = 256, .fps = 30, .megabits = megabits});
    std::uint32_t state = 1;
    for (int i = 0; i < 60; ++i) {
      Image image(256, 256, 3);
      for (std::uint8_t& value : image.pixels) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<std::uint8_t>(state >> 24);
      }
      writer.addFrame(std::move(image));
    }
    writer.finish();
    return static_cast<double>(std::filesystem::file_size(scratch / name)) * 8 / 2e6;
  };
  for (const std::string suffix : {".mp4", ".webm"}) {
    const double little = sizeAtRate("little" + suffix, 3), much = sizeAtRate("much" + suffix, 9);
    EXPECT_NEAR(little, 3, 1) << suffix;
    EXPECT_GT(much, 1.25 * little) << suffix;
    EXPECT_LT(much, 12) << suffix;
  }
}

TEST(FilmFile, WebmKeepsAlpha) {
  const test::ScratchFolder scratch;
  writeFilm(scratch / "film.webm", {.fps = 25, .quality = 100, .alpha = true}, 6);
  const test::DecodedFilm film = test::decodeFilm(scratch / "film.webm", "libvpx-vp9");
  EXPECT_EQ(film.codec, "vp9");
  EXPECT_EQ(film.pixel_format, "yuva420p");
  EXPECT_EQ(film.matrix, "bt709");
  ASSERT_EQ(film.frames.size(), 6U);
  for (const test::DecodedFilm::Frame& frame : film.frames) {
    EXPECT_NEAR(frame.alpha[8 * kSide + 8], 255, 2);
    EXPECT_NEAR(frame.alpha[56 * kSide + 8], 64, 2);
  }
  EXPECT_LT(worstColour(film), 6);
}

TEST(FilmFile, FramesWithAlphaKeepTheirColoursInFilmsWithout) {
  const test::ScratchFolder scratch;
  std::string notice;
  const auto film = openFilmFile(scratch / "film.mp4",
                                 FilmKind::Mp4,
                                 {.width = kSide, .height = kSide, .fps = 25, .quality = 100},
                                 notice);
  ASSERT_TRUE(film);
  for (int i = 0; i < 4; ++i) {
    film->addFrame(painted(i, 4));
  }
  film->finish();
  EXPECT_LT(worstColour(test::decodeFilm(scratch / "film.mp4")), 6);
}

TEST(FilmFile, WebmWithoutAlphaIsPlainVp9) {
  const test::ScratchFolder scratch;
  writeFilm(scratch / "film.webm", {.fps = 25, .quality = 100}, 6);
  const test::DecodedFilm film = test::decodeFilm(scratch / "film.webm");
  EXPECT_EQ(film.pixel_format, "yuv420p");
  ASSERT_EQ(film.frames.size(), 6U);
  EXPECT_LT(worstColour(film), 6);
}

#endif
#ifdef PANOHEAD_HAVE_WEBPDEMUX

TEST(FilmFile, WebpPlaysForEverAndIsExactAtFullQuality) {
  const test::ScratchFolder scratch;
  writeFilm(scratch / "film.webp", {.fps = 8, .quality = 100, .alpha = true}, 5);
  std::ifstream file(scratch / "film.webp", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, nullptr), WebPAnimDecoderDelete);
  ASSERT_TRUE(decoder);
  WebPAnimInfo info;
  WebPAnimDecoderGetInfo(decoder.get(), &info);
  EXPECT_EQ(info.frame_count, 5U);
  EXPECT_EQ(info.loop_count, 0U);
  for (int i = 0; i < 5; ++i) {
    std::uint8_t* pixels = nullptr;
    int end = 0;
    ASSERT_TRUE(WebPAnimDecoderGetNext(decoder.get(), &pixels, &end));
    EXPECT_EQ(end, (i + 1) * 125);
    const Image wanted = painted(i, 4);
    EXPECT_TRUE(std::equal(wanted.pixels.begin(), wanted.pixels.end(), pixels)) << "frame " << i;
  }
}

#endif

}  // namespace
}  // namespace panohead
