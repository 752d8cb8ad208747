#include "core/base/image_header.h"

#include "core/base/image_io.h"
#include "tests/support/webp_samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace panohead {
namespace {

void expectHeader(std::span<const std::byte> bytes, ImageFormat format, int width, int height) {
  const std::optional<ImageHeader> header = readImageHeader(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->format, format);
  EXPECT_EQ(header->width, width);
  EXPECT_EQ(header->height, height);
}

TEST(ImageHeader, ThirtyBytesOfPngAndWebpAreEnough) {
  const std::vector<std::byte> png = encodePng(Image(301, 70, 3));
  expectHeader(std::span(png).first(30), ImageFormat::kPng, 301, 70);
  expectHeader(std::as_bytes(std::span(test::kLossyWebp)).first(30), ImageFormat::kWebp, 3, 2);
  expectHeader(std::as_bytes(std::span(test::kLosslessWebp)).first(30), ImageFormat::kWebp, 3, 2);
}

TEST(ImageHeader, ExtendedWebpHeaderHoldsTheCanvas) {
  std::vector<std::byte> bytes(30);
  const std::string start = "RIFF....WEBPVP8X";
  std::copy_n(std::as_bytes(std::span(start)).begin(), start.size(), bytes.begin());
  bytes[24] = std::byte{0xFF};  // width - 1 = 511
  bytes[25] = std::byte{0x01};
  bytes[27] = std::byte{0x3F};  // height - 1 = 63
  expectHeader(bytes, ImageFormat::kWebp, 512, 64);
}

TEST(ImageHeader, SizeOfJpegIsFoundBehindOtherSegments) {
  std::vector<std::byte> bytes = encodeJpeg(Image(48, 20, 3), 80);
  expectHeader(bytes, ImageFormat::kJpeg, 48, 20);
  // Camera data of 60000 bytes: a short beginning does not tell the size, a longer one does.
  std::vector<std::byte> camera_data(60002);
  camera_data[0] = std::byte{0xFF};
  camera_data[1] = std::byte{0xE1};
  camera_data[2] = std::byte{60000 >> 8};
  camera_data[3] = std::byte{60000 & 0xFF};
  bytes.insert(bytes.begin() + 2, camera_data.begin(), camera_data.end());
  EXPECT_FALSE(readImageHeader(std::span(bytes).first(4096)));
  expectHeader(bytes, ImageFormat::kJpeg, 48, 20);
}

TEST(ImageHeader, ChecksumsOfAPngEndWithItsLastChunk) {
  std::vector<std::byte> png = encodePng(Image(30, 20, 3));
  std::vector<std::byte> padded = png;
  padded.resize(png.size() + 100);  // as some programs leave it
  EXPECT_FALSE(hasWrongPngChecksum(png));
  EXPECT_FALSE(hasWrongPngChecksum(padded));
  padded[png.size() - 1] ^= std::byte{1};
  EXPECT_TRUE(hasWrongPngChecksum(padded)) << "the last chunk has one itself";
}

TEST(ImageHeader, OtherFilesAndShortOnesHaveNone) {
  const std::string text = "GIF89a, which is read nowhere here.......";
  EXPECT_FALSE(readImageHeader(std::as_bytes(std::span(text))));
  EXPECT_FALSE(readImageHeader({}));
  const std::vector<std::byte> png = encodePng(Image(3, 3, 1));
  for (std::size_t size = 0; size < 24; ++size) {
    EXPECT_FALSE(readImageHeader(std::span(png).first(size))) << size;
  }
  std::vector<std::byte> empty = png;
  std::fill(empty.begin() + 16, empty.begin() + 20, std::byte{});
  EXPECT_FALSE(readImageHeader(empty));
}

}  // namespace
}  // namespace panohead
