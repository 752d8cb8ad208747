#include "render/cuda/cuda_texture.h"

#include "core/base/error.h"
#include "core/fast/cuda/device_memory.h"
#include "render/gl/framebuffer.h"
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

TEST_F(CudaTextures, WithoutADeviceAnErrorIsThrownAndTheTextureStays) {
  if (fast::cuda::unavailable().empty()) {
    GTEST_SKIP() << "there is a device";
  }
  CudaTexture texture(context_);
  const std::vector<std::uint8_t> pixels(16);
  EXPECT_THROW(texture.upload(pixels.data(), 2, 2, nullptr), DeviceError);
  EXPECT_EQ(texture.texture().width(), 0);
  CudaTexture other(std::move(texture));
  texture = CudaTexture(context_);
  EXPECT_EQ(texture.way(), CudaTexture::Way::Copied);
}

TEST_F(CudaTextures, BothWaysShowTheSamePixels) {
  if (!fast::cuda::unavailable().empty()) {
    GTEST_SKIP() << fast::cuda::unavailable();
  }
  constexpr int kWidth = 6;
  constexpr int kHeight = 5;
  std::vector<std::uint8_t> pixels(kWidth * kHeight * 4);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(7 * i);
  }
  DeviceMemory memory(pixels.size());
  memory.upload(pixels.data(), pixels.size());
  for (const bool copy : {false, true}) {
    CudaTexture texture(context_);
    if (copy) {
      texture.copyOnly();
    }
    for (int frame = 0; frame < 2; ++frame) {
      texture.upload(memory.data(), kWidth, kHeight, nullptr);
    }
    std::printf("%s\n", texture.way() == CudaTexture::Way::Shared ? "shared" : "copied");
    GLuint buffer = 0;
    context_->genFramebuffers(1, &buffer);
    context_->bindFramebuffer(GL_FRAMEBUFFER, buffer);
    context_->framebufferTexture2D(
        GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture.texture().id(), 0);
    std::vector<std::uint8_t> seen(pixels.size());
    context_->readPixels(0, 0, kWidth, kHeight, GL_RGBA, GL_UNSIGNED_BYTE, seen.data());
    context_->deleteFramebuffers(1, &buffer);
    EXPECT_EQ(seen, pixels);
  }
}

}  // namespace
}  // namespace panohead::render
