#pragma once

#include "core/base/frame.h"
#include "render/cuda/cuda_texture.h"
#include "render/gl/texture.h"

namespace panohead::render {

/// The newest Frame on the graphics card. Alpha is premultiplied there, so that smooth scaling of a
/// transparent picture brings in no colour of invisible pixels. A frame that was drawn on the same card stays
/// on it where the driver allows that (CudaTexture).
class FrameTexture {
 public:
  explicit FrameTexture(const GlContextPtr& context) : uploaded_(context), shared_(context) {}

  /// Throws DeviceError for a frame without a picture; the previous one stays.
  void upload(const Frame& frame);
  bool empty() const noexcept { return texture().width() == 0; }
  const Texture& texture() const noexcept { return shows_shared_ ? shared_.texture() : uploaded_; }

 private:
  Texture uploaded_;
  CudaTexture shared_;
  bool shows_shared_ = false;
};

}  // namespace panohead::render
