#pragma once

#include "core/base/image.h"
#include "render/gl/texture.h"

namespace panohead::render {

struct FramebufferTraits {
  static GLuint create(const GlContext& gl) {
    GLuint id = 0;
    gl.genFramebuffers(1, &id);
    return id;
  }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteFramebuffers(1, &id); }
};

/// A place to draw into that is no window: one RGBA colour texture.
class Framebuffer {
 public:
  /// Sizes in pixels. Throws DeviceError when the driver refuses them.
  Framebuffer(GlContextPtr context, int width, int height);

  void bind() const;
  GLuint id() const noexcept { return handle_.get(); }
  /// Row 0 is the lowest one. Without mipmaps.
  const Texture& colour() const noexcept { return colour_; }
  /// Reads the colours back: RGBA, row 0 at the top. Waits for drawing to end.
  Image read() const;

 private:
  GlHandle<FramebufferTraits> handle_;
  Texture colour_;
};

}  // namespace panohead::render
