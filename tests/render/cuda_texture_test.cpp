#include "render/cuda/cuda_texture.h"

#include "core/fast/cuda/device_memory.h"
#include "render/frame_texture.h"
#include "tests/support/gl_fixture.h"

#include <gtest/gtest.h>

namespace panohead::render {
namespace {

using fast::cuda::DeviceMemory;

class CudaTextures : public test::GlFixture<> {
 protected:
  void TearDown() override {
    if (context_) {
      context_->emptyGraveyard();
    }
  }
};

TEST_F(CudaTextures, ProbeSaysWhatItFindsAndNothingCrashes) {
  const std::string reason = interopUnavailable();
  std::printf("interop: %s\n", reason.empty() ? "works" : reason.c_str());
  if (!fast::cuda::unavailable().empty()) {
    EXPECT_FALSE(reason.empty());
  }
  EXPECT_EQ(context_->getError(), static_cast<GLenum>(GL_NO_ERROR));
}

constexpr int kWidth = 6;
constexpr int kHeight = 5;

Image somePicture() {
  Image picture(kWidth, kHeight, 4);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    picture.pixels[i] = static_cast<std::uint8_t>(7 * i);
  }
  return picture;
}

TEST_F(CudaTextures, WithoutADeviceNothingIsShared) {
  if (fast::cuda::unavailable().empty()) {
    GTEST_SKIP() << "there is a device";
  }
  CudaTexture texture(context_);
  const auto pixels = std::make_shared<std::vector<std::uint8_t>>(16);
  const auto same = []() -> Image {
    ADD_FAILURE() << "there is nothing to compare";
    return {};
  };
  EXPECT_FALSE(texture.upload({{pixels, pixels->data()}, 2, 2}, same));
  CudaTexture other(std::move(texture));
  texture = CudaTexture(context_);
  EXPECT_FALSE(texture.upload({{pixels, pixels->data()}, 2, 2}, same));
}

/// A frame whose picture on a device cannot be shown is shown all the same.
TEST_F(CudaTextures, WithoutADeviceFramesAreUploaded) {
  if (fast::cuda::unavailable().empty()) {
    GTEST_SKIP() << "there is a device";
  }
  Frame frame;
  frame.picture = Image(kWidth, kHeight, 3);
  frame.on_device = DevicePicture{{}, kWidth, kHeight};
  FrameTexture texture(context_);
  texture.upload(frame);
  EXPECT_EQ(texture.texture().width(), kWidth);
  EXPECT_FALSE(texture.empty());
}

/// With a GPU: says whether its driver shares, and what is shared is what was drawn.
TEST_F(CudaTextures, ShowThePixelsOfTheDevice) {
  if (!fast::cuda::unavailable().empty()) {
    GTEST_SKIP() << fast::cuda::unavailable();
  }
  const Image picture = somePicture();
  const auto memory = std::make_shared<DeviceMemory>(picture.pixels.size());
  memory->upload(picture.pixels.data(), picture.pixels.size());
  const DevicePicture on_device{{memory, memory->data()}, kWidth, kHeight};
  int asked = 0;
  const auto same = [&] {
    ++asked;
    return picture;
  };
  CudaTexture texture(context_);
  const bool shared = texture.upload(on_device, same);
  std::printf("%s\n", shared ? "shared" : "not shared");
  EXPECT_EQ(texture.upload(on_device, same), shared);
  EXPECT_EQ(texture.upload(on_device, same), shared);
  EXPECT_EQ(asked, shared ? 2 : 0);
  EXPECT_EQ(shared, interopUnavailable().empty());
  CudaTexture deceived(context_);
  EXPECT_FALSE(deceived.upload(on_device, [] { return Image(kWidth, kHeight, 4); }));
  EXPECT_FALSE(deceived.upload(on_device, same)) << "a driver that showed something else is trusted again";
}

}  // namespace
}  // namespace panohead::render
