#pragma once

#include "render/gl/texture.h"

#include <span>

namespace panohead::render {

/// A two-dimensional texture of 32-bit floats, one or four a pixel, read pixel by pixel. Row 0 is t = 0.
class FloatTexture {
 public:
  /// @param channels 1 or 4
  FloatTexture(GlContextPtr context, int channels);

  /// Gives the texture a size in pixels, and content where `numbers` ([height][width][channels]) is not
  /// empty.
  void allocate(int width, int height, std::span<const float> numbers = {});
  void bind(int unit) const;
  /// For imageStore(). Needs GlContext::hasCompute().
  void bindForWriting(int image_unit) const;

  GLuint id() const noexcept { return handle_.get(); }
  int width() const noexcept { return width_; }    // pixels
  int height() const noexcept { return height_; }  // pixels

 private:
  GlHandle<TextureTraits> handle_;
  int channels_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace panohead::render
