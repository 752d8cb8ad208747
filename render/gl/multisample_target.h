#pragma once

#include "render/gl/framebuffer.h"

#include <optional>

namespace panohead::render {

struct RenderbufferTraits {
  static GLuint create(const GlContext& gl) {
    GLuint id = 0;
    gl.genRenderbuffers(1, &id);
    return id;
  }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteRenderbuffers(1, &id); }
};

/// A place to draw surfaces into: colour and depth with several samples a pixel, which become one colour a
/// pixel, with the share that is covered as alpha (premultiplied, where it was cleared to nothing).
class MultisampleTarget {
 public:
  explicit MultisampleTarget(GlContextPtr context);

  /// Pixels. Throws DeviceError when the driver refuses them.
  void resize(int width, int height);
  /// The framebuffer to draw into. Nothing before resize().
  GLuint id() const noexcept { return handle_.get(); }
  /// Averages the samples into picture(). Leaves another framebuffer bound.
  void resolve() const;
  const Texture& picture() const noexcept { return resolved_->colour(); }
  int width() const noexcept { return resolved_ ? resolved_->colour().width() : 0; }    // pixels
  int height() const noexcept { return resolved_ ? resolved_->colour().height() : 0; }  // pixels

 private:
  GlContextPtr context_;
  GlHandle<FramebufferTraits> handle_;
  GlHandle<RenderbufferTraits> colour_;
  GlHandle<RenderbufferTraits> depth_;
  std::optional<Framebuffer> resolved_;
};

}  // namespace panohead::render
