#include "core/session/frame_image.h"

#include "core/tensor/prelude.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

/// The rule by which render/frame_texture.cpp premultiplies on the host.
TEST(FrameImages, AreForADeviceWhatTheHostMakesOfThem) {
  at::manual_seed(3);
  const at::Tensor bytes = at::randint(0, 256, {1, 4, 37, 53}, at::kByte);
  const Image host = toImage(bytes);
  const at::Tensor device = toPremultiplied(bytes);
  ASSERT_EQ(device.sizes(), (std::vector<std::int64_t>{37, 53, 4}));
  const auto* pixels = device.const_data_ptr<std::uint8_t>();
  for (std::size_t i = 0; i < host.pixels.size(); ++i) {
    const unsigned alpha = host.pixels[i / 4 * 4 + 3];
    const unsigned expected = i % 4 == 3 ? alpha : (host.pixels[i] * alpha + 127U) / 255U;
    ASSERT_EQ(unsigned{pixels[i]}, expected) << i;
  }
}

TEST(FrameImages, WithoutAlphaAreOpaqueThere) {
  at::manual_seed(4);
  const at::Tensor bytes = at::randint(0, 256, {1, 3, 8, 6}, at::kByte);
  const at::Tensor device = toPremultiplied(bytes);
  EXPECT_TRUE(device.select(2, 3).eq(255).all().item<bool>());
  EXPECT_TRUE(at::equal(device.slice(2, 0, 3), bytes[0].permute({1, 2, 0})));
}

TEST(FrameImages, OfTheHostAreOnNoDevice) {
  EXPECT_FALSE(onDevice(at::zeros({1, 3, 8, 8}, at::kByte)).has_value());
}

}  // namespace
}  // namespace panohead
