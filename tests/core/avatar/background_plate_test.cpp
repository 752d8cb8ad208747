#include "core/avatar/background_plate.h"

#include "core/base/error.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace panohead {
namespace {

TEST(BackgroundPlate, FillsThePersonWithWhatIsAround) {
  Image photo(64, 64, 3), mask(64, 64, 1);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const bool person = x >= 20 && x < 44 && y >= 20;
      photo.row(y)[3 * x] = person ? 255 : 40;
      photo.row(y)[3 * x + 1] = person ? 255 : static_cast<std::uint8_t>(2 * x);
      mask.row(y)[x] = person ? 255 : 0;
    }
  }
  const Image plate = backgroundPlate(photo, mask);
  ASSERT_EQ(plate.channels, 3);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      EXPECT_NEAR(plate.row(y)[3 * x], 40, 2) << x << ", " << y << ": the person shows";
      EXPECT_NEAR(plate.row(y)[3 * x + 1], 2 * x, 48);
      if (x < 16 || x > 48) {
        EXPECT_EQ(plate.row(y)[3 * x + 1], 2 * x) << "what is no person stays";
      }
    }
  }
}

TEST(BackgroundPlate, MasksOfNothingAndEverything) {
  Image photo(16, 16, 3);
  photo.pixels[5] = 77;
  EXPECT_EQ(backgroundPlate(photo, {}).pixels, photo.pixels);
  EXPECT_EQ(backgroundPlate(photo, Image(16, 16, 1)).pixels, photo.pixels);
  Image full(16, 16, 1);
  std::fill(full.pixels.begin(), full.pixels.end(), std::uint8_t{255});
  EXPECT_EQ(backgroundPlate(photo, full).width, 16);
  EXPECT_THROW(backgroundPlate(photo, Image(8, 8, 1)), OptionError);
}

}  // namespace
}  // namespace panohead
