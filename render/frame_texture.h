#pragma once

#include "core/base/frame.h"
#include "render/gl/texture.h"

namespace panohead::render {

/// The newest Frame on the graphics card. Alpha is premultiplied there, so that smooth scaling of a
/// transparent picture brings in no colour of invisible pixels.
class FrameTexture {
 public:
  explicit FrameTexture(GlContextPtr context) : texture_(std::move(context)) {}

  /// Throws DeviceError for a frame without a picture; the previous one stays.
  void upload(const Frame& frame);
  bool empty() const noexcept { return texture_.width() == 0; }
  const Texture& texture() const noexcept { return texture_; }

 private:
  Texture texture_;
};

}  // namespace panohead::render
