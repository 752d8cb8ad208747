#include "core/base/webp_image.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "tests/support/webp_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

namespace panohead {
namespace {

using testing::HasSubstr;

template <typename Sample>
std::span<const std::byte> bytesOf(const Sample& sample) {
  return std::as_bytes(std::span(sample));
}

class WebpImages : public testing::Test {
 protected:
  void SetUp() override {
    if (!canDecodeWebp()) {
      GTEST_SKIP() << "built without libwebp";
    }
  }
};

TEST_F(WebpImages, LosslessKeepsEveryByteWithAndWithoutAlpha) {
  for (const auto& [bytes, channels] :
       {std::pair{bytesOf(test::kLosslessWebp), 3}, std::pair{bytesOf(test::kLosslessAlphaWebp), 4}}) {
    const Image image = decodeImage(bytes, "sample.webp");
    EXPECT_EQ(image.width, 3);
    EXPECT_EQ(image.height, 2);
    ASSERT_EQ(image.channels, channels);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      // Fully transparent pixels may lose their colour.
      if (channels == 3 || image.pixels[i / 4 * 4 + 3] != 0) {
        EXPECT_EQ(image.pixels[i], 37 * i % 256) << i;
      }
    }
  }
}

TEST_F(WebpImages, EveryCutOffOneIsRefusedByName) {
  for (std::size_t size = 12; size < test::kLosslessWebp.size() - 4; size += 7) {
    try {
      decodeImage(bytesOf(test::kLosslessWebp).first(size), "cut.webp");
      ADD_FAILURE() << size;
    } catch (const ImageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("cut.webp"));
    }
  }
}

TEST(WebpImage, BuildsWithoutItSayWhatToDo) {
  if (canDecodeWebp()) {
    GTEST_SKIP() << "built with libwebp";
  }
  try {
    decodeImage(bytesOf(test::kLossyWebp), "some.webp");
    FAIL();
  } catch (const ImageError& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(HasSubstr("some.webp"), HasSubstr("this build reads PNG and JPEG")));
    EXPECT_THAT(error.hint(), HasSubstr("dataset pack --format jpg"));
  }
}

}  // namespace
}  // namespace panohead
