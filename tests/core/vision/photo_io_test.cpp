#include "core/vision/photo_io.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

namespace panohead {
namespace {

using test::ScratchFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Bytes = std::vector<std::byte>;
using Colour = std::array<int, 3>;

std::filesystem::path sample(const std::string& name) { return test::sourceData("photos/" + name); }

Photo read(const std::filesystem::path& path, const PhotoReadOptions& options = {}) {
  SilentContext context;
  return readPhoto(path, options, context);
}

/// "": the photo could be read; else the message of the error.
std::string refusal(const std::filesystem::path& path) {
  try {
    read(path);
    return {};
  } catch (const ImageError& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
}

Colour at(const Image& image, int x, int y) {
  const std::uint8_t* pixel = image.row(y) + image.channels * x;
  return {pixel[0], pixel[1], pixel[2]};
}

bool near(const Colour& a, const Colour& b, int tolerance) {
  return std::abs(a[0] - b[0]) <= tolerance && std::abs(a[1] - b[1]) <= tolerance &&
         std::abs(a[2] - b[2]) <= tolerance;
}

constexpr Colour kRed{220, 40, 40}, kGreen{40, 200, 40}, kBlue{40, 40, 220}, kWhite{240, 240, 240};

/// Red and green above, blue and white below; 32 x 24.
Image quarters() {
  Image image(32, 24, 3);
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 32; ++x) {
      const Colour& colour = y < 12 ? (x < 16 ? kRed : kGreen) : (x < 16 ? kBlue : kWhite);
      std::copy(colour.begin(), colour.end(), image.row(y) + 3 * x);
    }
  }
  return image;
}

void append(Bytes& bytes, const std::string& text) {
  const auto part = std::as_bytes(std::span(text));
  bytes.insert(bytes.end(), part.begin(), part.end());
}

/// A JPEG with a marker segment behind its first two bytes.
Bytes withSegment(const Bytes& jpeg, char marker, const std::string& content) {
  Bytes bytes(jpeg.begin(), jpeg.begin() + 2);
  const std::size_t length = content.size() + 2;
  append(bytes, {'\xFF', marker, static_cast<char>(length >> 8), static_cast<char>(length & 255)});
  append(bytes, content);
  bytes.insert(bytes.end(), jpeg.begin() + 2, jpeg.end());
  return bytes;
}

std::string exif(int orientation, bool little) {
  const auto put = [little](int value, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text.insert(little ? text.end() : text.begin(), static_cast<char>(value >> 8 * i));
    }
    return text;
  };
  return std::string("Exif\0\0", 6) + (little ? "II" : "MM") + put(42, 2) + put(8, 4) + put(1, 2) +
         put(0x0112, 2) + put(3, 2) + put(1, 4) + put(orientation, 2) + put(0, 2) + put(0, 4);
}

TEST(PhotoIo, TurnsPhotosUpright) {
  // What the file holds so that the upright picture has red at the upper left: the corners in the order upper
  // left, upper right, lower left, lower right come from these corners of the file.
  struct Case {
    int orientation;
    Colour upper_left, upper_right, lower_left;
  };
  const ScratchFolder scratch;
  const Bytes jpeg = encodeJpeg(quarters(), 95);
  for (const auto& [orientation, upper_left, upper_right, lower_left] : {Case{1, kRed, kGreen, kBlue},
                                                                         Case{2, kGreen, kRed, kWhite},
                                                                         Case{3, kWhite, kBlue, kGreen},
                                                                         Case{4, kBlue, kWhite, kRed},
                                                                         Case{5, kRed, kBlue, kGreen},
                                                                         Case{6, kBlue, kRed, kWhite},
                                                                         Case{7, kWhite, kGreen, kBlue},
                                                                         Case{8, kGreen, kWhite, kRed},
                                                                         Case{9, kRed, kGreen, kBlue}}) {
    for (const bool little : {false, true}) {
      test::writeBytes(scratch / "photo.jpg", withSegment(jpeg, '\xE1', exif(orientation, little)));
      const Image image = read(scratch / "photo.jpg").image;
      const bool turned = orientation >= 5 && orientation <= 8;
      ASSERT_EQ(image.width, turned ? 24 : 32) << orientation;
      EXPECT_TRUE(near(at(image, 2, 2), upper_left, 12)) << orientation;
      EXPECT_TRUE(near(at(image, image.width - 3, 2), upper_right, 12)) << orientation;
      EXPECT_TRUE(near(at(image, 2, image.height - 3), lower_left, 12)) << orientation;
      EXPECT_EQ(readUprightImage(scratch / "photo.jpg").pixels, image.pixels);  // the window's backgrounds
    }
  }
}

TEST(PhotoIo, DamagedMetadataIsNone) {
  const ScratchFolder scratch;
  const Bytes jpeg = encodeJpeg(quarters(), 95);
  const std::string whole = exif(6, true);
  for (std::size_t length = 0; length < whole.size() - 4; ++length) {
    test::writeBytes(scratch / "photo.jpg", withSegment(jpeg, '\xE1', whole.substr(0, length)));
    ASSERT_EQ(read(scratch / "photo.jpg").image.height, length < 28 ? 24 : 32) << length;
  }
  test::writeBytes(scratch / "photo.jpg",
                   withSegment(jpeg, '\xE2', std::string("ICC_PROFILE\0\1\1none", 18)));
  EXPECT_EQ(read(scratch / "photo.jpg").image.width, 32);
}

#ifdef PANOHEAD_HAVE_LCMS

double toSrgb(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

TEST(PhotoIo, TurnsColourProfilesIntoSrgb) {
  // Adobe RGB's primaries and gamma with the same white: by its matrix to linear sRGB (from the primaries,
  // IEC 61966-2-1 and Adobe RGB (1998), 4.3.6).
  const Colour in{120, 140, 90};
  const auto linear = [](int value) { return std::pow(value / 255.0, 2.19921875); };
  const double r = linear(in[0]), g = linear(in[1]), b = linear(in[2]);
  const Colour expected{static_cast<int>(std::lround(255 * toSrgb(1.39836 * r - 0.39836 * g))),
                        static_cast<int>(std::lround(255 * toSrgb(g))),
                        static_cast<int>(std::lround(255 * toSrgb(-0.04293 * g + 1.04293 * b)))};
  Image image(16, 16, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(in[i % 3]);
  }
  const Bytes profile = test::readBytes(sample("adobe_like.icc"));
  std::string segment("ICC_PROFILE\0\1\1", 14);
  segment.append(reinterpret_cast<const char*>(profile.data()), profile.size());
  const ScratchFolder scratch;
  test::writeBytes(scratch / "photo.jpg", withSegment(encodeJpeg(image, 100), '\xE2', segment));
  const Photo photo = read(scratch / "photo.jpg");
  EXPECT_TRUE(near(at(photo.image, 8, 8), expected, 2)) << testing::PrintToString(at(photo.image, 8, 8));
  EXPECT_THAT(photo.notices, ElementsAre(HasSubstr("to sRGB")));
}

#endif

TEST(PhotoIo, TransparencyLiesOverWhiteAndIsKept) {
  const ScratchFolder scratch;
  Image image(4, 1, 4);
  image.pixels = {200, 0, 0, 255, 200, 0, 0, 0, 200, 0, 0, 128, 0, 0, 0, 255};
  writePng(scratch / "photo.png", image);
  const Photo photo = read(scratch / "photo.png");
  EXPECT_EQ(at(photo.image, 0, 0), (Colour{200, 0, 0}));
  EXPECT_EQ(at(photo.image, 1, 0), (Colour{255, 255, 255}));
  EXPECT_TRUE(near(at(photo.image, 2, 0), {227, 127, 127}, 1));
  EXPECT_THAT(photo.alpha.pixels, ElementsAre(255, 0, 128, 255));
}

TEST(PhotoIo, OpaqueAlphaIsNoAlpha) {
  const ScratchFolder scratch;
  Image image(2, 1, 4);
  image.pixels = {1, 2, 3, 255, 4, 5, 6, 255};
  writePng(scratch / "photo.png", image);
  EXPECT_TRUE(read(scratch / "photo.png").alpha.empty());
}

TEST(PhotoIo, SixteenBitGrey) {
  const Image image = read(sample("grey16.png")).image;
  ASSERT_EQ(image.channels, 3);
  const int value = (32 * 10 + 5) * 80 >> 8;
  EXPECT_TRUE(near(at(image, 5, 10), {value, value, value}, 1));
}

TEST(PhotoIo, OfAnimationsTheFirstPicture) {
  for (const char* name : {"animation.webp", "animation.png"}) {
    const Photo photo = read(sample(name));
    EXPECT_EQ(at(photo.image, 2, 2), kRed) << name;
    EXPECT_EQ(at(photo.image, 30, 22), kWhite) << name;
    EXPECT_THAT(photo.notices, ElementsAre(HasSubstr("animation"))) << name;
  }
  EXPECT_THAT(refusal(sample("animation.gif")), HasSubstr("GIF"));
}

TEST(PhotoIo, HeicWhereTheLibraryIs) {
#ifdef PANOHEAD_HAVE_HEIF
  const Image image = read(sample("quarters.heic")).image;
  ASSERT_EQ(image.width, 64);
  ASSERT_EQ(image.height, 48);
  EXPECT_TRUE(near(at(image, 8, 8), kRed, 12));
  EXPECT_TRUE(near(at(image, 56, 40), kWhite, 12));
#else
  EXPECT_THAT(refusal(sample("quarters.heic")), HasSubstr("HEIC"));
#endif
}

TEST(PhotoIo, TheContentDecidesNotTheName) {
  const ScratchFolder scratch;
  test::writeBytes(scratch / "photo.jpg", encodePng(quarters()));
  EXPECT_EQ(read(scratch / "photo.jpg").image.pixels, quarters().pixels);
}

TEST(PhotoIo, BadFilesSayWhy) {
  const ScratchFolder scratch;
  const std::filesystem::path path = scratch / "photo.jpg";
  EXPECT_THAT(refusal(path), HasSubstr(path.string()));
  EXPECT_THAT(refusal(scratch.path()), HasSubstr("folder"));
  const auto refusalOf = [&](const std::string& text) {
    test::writeBytes(path, std::as_bytes(std::span(text)));
    return refusal(path);
  };
  EXPECT_THAT(refusalOf(""), HasSubstr("empty"));
  EXPECT_THAT(refusalOf("%PDF-1.4 and so on"), HasSubstr("PDF"));
  EXPECT_THAT(refusalOf(std::string("\0\0\0\x18"
                                    "ftypmp42",
                                    12)),
              HasSubstr("film"));
  EXPECT_THAT(refusalOf("a text about a head, longer than any header"), HasSubstr("no PNG, JPEG or WebP"));
  Bytes jpeg = encodeJpeg(quarters(), 95);
  jpeg.resize(jpeg.size() / 2);
  test::writeBytes(path, jpeg);
  EXPECT_THAT(refusal(path), HasSubstr("end is missing"));
}

TEST(PhotoIo, JpegsOfTooManyPixelsAreReadAtAFractionOfTheirSize) {
  struct Case {
    int width, height;
    double scale;
  };
  for (const auto& [width, height, scale] : {Case{16320, 12240, 0.5}, Case{32640, 24480, 0.25}}) {
    // The frame says so, but holds a small picture's data: the decoder fills what is missing with grey.
    Bytes jpeg = encodeJpeg(quarters(), 95);
    const std::array<std::byte, 2> frame{std::byte{0xFF}, std::byte{0xC0}};
    const auto found = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
    ASSERT_NE(found, jpeg.end());
    const std::array<int, 4> size{height >> 8, height & 255, width >> 8, width & 255};
    std::transform(
        size.begin(), size.end(), found + 5, [](int value) { return static_cast<std::byte>(value); });
    const ScratchFolder scratch;
    test::writeBytes(scratch / "photo.jpg", jpeg);
    const Photo photo = read(scratch / "photo.jpg");
    EXPECT_EQ(photo.scale, scale);
    EXPECT_EQ(photo.image.width, 8160);
    EXPECT_EQ(photo.image.height, 6120);
    EXPECT_THAT(photo.notices, ElementsAre(HasSubstr("very large")));
  }
}

TEST(PhotoIo, LargePhotosAreShrunkAndSayso) {
  const ScratchFolder scratch;
  writePng(scratch / "photo.png", Image(400, 200, 3));
  const Photo photo = read(scratch / "photo.png", {.longest_side = 100});
  EXPECT_EQ(photo.image.width, 100);
  EXPECT_EQ(photo.image.height, 50);
  EXPECT_EQ(photo.scale, 0.25);
  EXPECT_THAT(photo.notices, ElementsAre(HasSubstr("25 %")));
  EXPECT_THROW(read(scratch / "photo.png", {.longest_side = 0}), OptionError);
}

}  // namespace
}  // namespace panohead
