// The drawing kernels at points that are no numbers, or far away, in memory that ends where the grids end:
// AddressSanitizer sees whatever is read beyond.

#include "core/kernels/draw_layout.h"
#include "core/kernels/kernel_table.h"
#include "tests/support/every_simd_level.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace panohead {
namespace {

constexpr std::int64_t kChannels = 32;
constexpr std::int64_t kHidden = 16;
constexpr float kDenormal = 1e-41F;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Grids of one value everywhere, and a decoder that tells how much of it a point has.
struct FullGrids {
  std::vector<std::uint16_t> planes;
  std::vector<float> weight = std::vector<float>(kChannels * kHidden, 0.1F);
  std::vector<float> zeros = std::vector<float>(kHidden);
  std::vector<float> ones = std::vector<float>(kHidden, 1);
  kernels::DrawnVolume volume;

  FullGrids(std::int64_t size, std::int64_t slices)
      : planes(static_cast<std::size_t>(size * size * 3 * slices * kChannels),
               static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(2.0F) >> 16)) {
    volume.grid = {.points = 0,
                   .size = size,
                   .slices = slices,
                   .channels = kChannels,
                   .scale = 2,
                   .limit = 0.5F,
                   .third_zxy = false};
    volume.planes = planes.data();
    volume.hidden = kHidden;
    volume.hidden_weight = weight.data();
    volume.hidden_bias = zeros.data();
    volume.density_weight = ones.data();
  }

  float at(float x, float y, float z) const {
    const std::array point{x, y, z};
    float density = 0;
    kernels::kernels().draw.draw_density(volume, point.data(), &density, 0, 1);
    return density;
  }
};

TEST(DrawDensity, HasNothingWhereAPointIsNoNumberOrFarAway) {
  test::atEverySimdLevel([] {
    for (const auto& [size, slices] : {std::pair{1, 1}, {2, 1}, {5, 3}, {16, 2}}) {
      const FullGrids grids(size, slices);
      const float nothing = grids.at(100, 100, 100);
      const float inside = grids.at(0, 0, 0);
      EXPECT_NEAR(nothing, kHidden * std::log(2.0F), 1e-3F);
      EXPECT_GT(inside, nothing + 10);
      for (const float bad : {std::nanf(""), kInfinity, -kInfinity, 1e30F, -1e30F, 3e38F}) {
        EXPECT_EQ(grids.at(bad, 0, 0), nothing) << bad;
        EXPECT_EQ(grids.at(0, bad, 0), nothing) << bad;
        EXPECT_EQ(grids.at(0, 0, bad), nothing) << bad;
        EXPECT_EQ(grids.at(bad, bad, bad), nothing) << bad;
      }
      for (const float small : {kDenormal, -kDenormal}) {
        EXPECT_FLOAT_EQ(grids.at(small, small, small), inside);
      }
      for (const float corner : {-0.5F, 0.5F}) {
        EXPECT_GT(grids.at(corner, corner, corner), nothing);
        EXPECT_LT(grids.at(corner, corner, corner), inside);
      }
    }
  });
}

}  // namespace
}  // namespace panohead
