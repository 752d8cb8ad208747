#pragma once

#include "core/base/image.h"
#include "render/gl/gl_handle.h"

namespace panohead::render {

struct TextureTraits {
  static GLuint create(const GlContext& gl) {
    GLuint id = 0;
    gl.genTextures(1, &id);
    return id;
  }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteTextures(1, &id); }
};

/// A two-dimensional 8-bit texture, smooth with mipmaps, clamped at its edges.
class Texture {
 public:
  explicit Texture(GlContextPtr context);

  /// Replaces the content. Row 0 of the image becomes row 0 (t = 0) of the texture; grey is spread to RGB.
  void upload(const Image& image);
  /// Gives the texture a size and no content, to be drawn into.
  void allocate(int width, int height);
  /// For content that came another way than upload().
  void makeMipmaps();
  void bind(int unit) const;

  GLuint id() const noexcept { return handle_.get(); }
  int width() const noexcept { return width_; }    // pixels
  int height() const noexcept { return height_; }  // pixels

 private:
  GlHandle<TextureTraits> handle_;
  int width_ = 0;
  int height_ = 0;
  int channels_ = 0;
};

}  // namespace panohead::render
