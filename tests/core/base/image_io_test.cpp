#include "core/base/image_io.h"

#include "core/base/error.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <numeric>
#include <span>

namespace panohead {
namespace {

using testing::HasSubstr;

Image gradient(int width, int height, int channels) {
  Image image(width, height, channels);
  std::iota(image.pixels.begin(), image.pixels.end(), std::uint8_t{0});
  return image;
}

template <typename Bytes>
void store(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(std::data(bytes)), static_cast<std::streamsize>(std::size(bytes)));
}

/// The message of the ImageError that reading must throw.
std::string readFailure(const std::filesystem::path& path) {
  try {
    readImage(path);
  } catch (const ImageError& error) {
    EXPECT_FALSE(error.hint().empty());
    EXPECT_THAT(error.what(), HasSubstr(path.string()));
    return error.what();
  }
  ADD_FAILURE() << "no error for " << path;
  return {};
}

/// A JPEG of 8 x 8 grey pixels with a header preview that has an end marker of its own.
std::vector<unsigned char> tinyJpeg() {
  std::vector<unsigned char> bytes{0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x06, 0xFF, 0xD8, 0xFF, 0xD9};
  const auto append = [&](std::initializer_list<unsigned char> more) { bytes.insert(bytes.end(), more); };
  append({0xFF, 0xDB, 0x00, 0x43, 0x00});
  bytes.insert(bytes.end(), 64, 1);                                                        // quantisation
  append({0xFF, 0xC0, 0x00, 0x0B, 0x08, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00});  // 8 x 8, grey
  for (const unsigned char table : {0x00, 0x10}) {  // one code of length 1: the symbol 0
    append({0xFF, 0xC4, 0x00, 0x14, table, 1});
    bytes.insert(bytes.end(), 15, 0);
    append({0x00});
  }
  append({0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x3F, 0xFF, 0xD9});
  return bytes;
}

/// Without its checksum, which the decoder does not look at.
void appendChunk(std::vector<unsigned char>& png,
                 const std::string& type,
                 const std::vector<unsigned char>& data) {
  png.insert(png.end(), {0, 0, 0, static_cast<unsigned char>(data.size())});
  png.insert(png.end(), type.begin(), type.end());
  png.insert(png.end(), data.begin(), data.end());
  png.insert(png.end(), 4, 0);
}

class ImageChannels : public testing::TestWithParam<int> {};

TEST_P(ImageChannels, PngKeepsEveryByte) {
  const test::ScratchFolder scratch;
  const Image image = gradient(37, 21, GetParam());
  writePng(scratch / "picture.png", image);
  const Image back = readImage(scratch / "picture.png");
  EXPECT_EQ(back.width, 37);
  EXPECT_EQ(back.height, 21);
  EXPECT_EQ(back.channels, GetParam());
  EXPECT_EQ(back.pixels, image.pixels);
}

INSTANTIATE_TEST_SUITE_P(GreyRgbRgba, ImageChannels, testing::Values(1, 3, 4));

TEST(ImageIo, GreyWithAlphaBecomesRgba) {
  const test::ScratchFolder scratch;
  writePng(scratch / "picture.png", gradient(4, 2, 2));
  const Image image = readImage(scratch / "picture.png");
  ASSERT_EQ(image.channels, 4);
  EXPECT_THAT(std::vector(image.pixels.begin(), image.pixels.begin() + 8),
              testing::ElementsAre(0, 0, 0, 1, 2, 2, 2, 3));
}

TEST(ImageIo, SixteenBitPngIsReadAsEight) {
  const test::ScratchFolder scratch;
  std::vector<unsigned char> png{0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
  appendChunk(png, "IHDR", {0, 0, 0, 2, 0, 0, 0, 1, 16, 0, 0, 0, 0});  // 2 x 1 grey, 16 bit
  // 0x1234 and 0xFF00 behind the filter byte, in a stored block.
  appendChunk(png, "IDAT", {0x78, 0x01, 1, 5, 0, 0xFA, 0xFF, 0, 0x12, 0x34, 0xFF, 0x00, 0, 0, 0, 0});
  appendChunk(png, "IEND", {});
  store(scratch / "deep.png", png);
  const Image image = readImage(scratch / "deep.png");
  EXPECT_THAT(image.pixels, testing::ElementsAre(0x12, 0xFF));
}

TEST(ImageIo, JpegIsRead) {
  const test::ScratchFolder scratch;
  store(scratch / "tiny.jpg", tinyJpeg());
  const Image image = readImage(scratch / "tiny.jpg");
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.channels, 1);
  EXPECT_THAT(image.pixels, testing::Each(128));
}

TEST(ImageIo, CutOffJpegIsRefusedAlthoughItsPreviewEnds) {
  const test::ScratchFolder scratch;
  std::vector<unsigned char> bytes = tinyJpeg();
  bytes.resize(bytes.size() - 2);
  store(scratch / "cut.jpg", bytes);
  EXPECT_THAT(readFailure(scratch / "cut.jpg"), HasSubstr("its end is missing"));
}

TEST(ImageIo, EveryCutOffPngIsRefused) {
  const test::ScratchFolder scratch;
  const std::vector<std::byte> whole = encodePng(gradient(40, 30, 3));
  for (std::size_t size = 0; size < whole.size() - 16;
       size += 97) {  // the last 16 bytes are checksum and end
    store(scratch / "cut.png", std::span(whole).first(size));
    readFailure(scratch / "cut.png");
  }
}

TEST(ImageIo, JpegComesBackNearlyEqualAndEqualBytes) {
  Image image(40, 24, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i / 3 % 40 * 6);
  }
  const std::vector<std::byte> bytes = encodeJpeg(image, 95);
  EXPECT_EQ(bytes, encodeJpeg(image, 95));
  EXPECT_LT(encodeJpeg(image, 30).size(), bytes.size());
  const Image back = decodeImage(bytes, "from memory");
  ASSERT_EQ(back.pixels.size(), image.pixels.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    EXPECT_NEAR(back.pixels[i], image.pixels[i], 12) << i;
  }
  EXPECT_THROW(encodeJpeg(Image(), 90), SaveError);
}

TEST(ImageIo, BytesInMemoryAreNamedInErrors) {
  const std::vector<std::byte> whole = encodePng(gradient(40, 30, 3));
  EXPECT_EQ(decodeImage(whole, "x").pixels, gradient(40, 30, 3).pixels);
  try {
    decodeImage(std::span(whole).first(50), "heads.zip/00001.png");
    FAIL();
  } catch (const ImageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("heads.zip/00001.png"));
  }
}

TEST(ImageIo, MissingFileFolderAndTextAreRefused) {
  const test::ScratchFolder scratch;
  store(scratch / "text.png", std::string("not a picture"));
  EXPECT_THAT(readFailure(scratch / "missing.png"), HasSubstr("No such file"));
  EXPECT_THAT(readFailure(scratch.path()), HasSubstr("folder"));
  EXPECT_THAT(readFailure(scratch / "text.png"), HasSubstr("no PNG, JPEG or WebP"));
}

TEST(ImageIo, PipesAndDevicesAreRefusedAtOnce) {
  const test::ScratchFolder scratch;
  ASSERT_EQ(mkfifo((scratch / "pipe.png").c_str(), 0600), 0);
  for (const std::filesystem::path& path : {scratch / "pipe.png", std::filesystem::path("/dev/zero")}) {
    EXPECT_THAT(readFailure(path), HasSubstr("not a regular file"));
  }
}

TEST(ImageIo, HugeSizesInTheHeaderAreRefusedBeforeUnpacking) {
  const test::ScratchFolder scratch;
  std::vector<std::byte> bytes = encodePng(gradient(4, 4, 1));
  for (const std::size_t offset : {18U, 22U}) {  // the third byte of width and height
    bytes[offset] = std::byte{0x40};             // + 16384
  }
  store(scratch / "bomb.png", bytes);
  EXPECT_THAT(readFailure(scratch / "bomb.png"), HasSubstr("too many"));
}

TEST(ImageIo, DataThatUnpacksFarBeyondItsSizeIsRefused) {
  const test::ScratchFolder scratch;
  std::vector<std::byte> large = encodePng(Image(6000, 6000, 3));  // a few kB for 108 MB
  ASSERT_LT(large.size(), 2000000U);
  const std::array<std::byte, 8> one_by_one{{{}, {}, {}, std::byte{1}, {}, {}, {}, std::byte{1}}};
  std::copy(one_by_one.begin(), one_by_one.end(), large.begin() + 16);
  store(scratch / "bomb.png", large);
  EXPECT_THAT(readFailure(scratch / "bomb.png"), HasSubstr("cannot be decoded"));
}

TEST(ImageIo, UnwritablePlaceIsASaveErrorAndLeavesNothing) {
  const test::ScratchFolder scratch;
  EXPECT_THROW(writePng(scratch / "missing" / "picture.png", gradient(2, 2, 3)), SaveError);
  EXPECT_THROW(writePng(scratch / "empty.png", Image()), SaveError);
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace panohead
