#pragma once

#include "render/gl/gl_api.h"

#include <array>

namespace panohead::render {

/// Draws into another framebuffer and comes back to the one before, and to its viewport: a widget's is not
/// number 0.
class FramebufferVisit {
 public:
  FramebufferVisit(const GlContext& gl, GLuint framebuffer) : gl_(gl) {
    gl_.getIntegerv(GL_FRAMEBUFFER_BINDING, &framebuffer_);
    gl_.getIntegerv(GL_VIEWPORT, viewport_.data());
    gl_.bindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  }
  ~FramebufferVisit() {
    gl_.bindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(framebuffer_));
    gl_.viewport(viewport_[0], viewport_[1], viewport_[2], viewport_[3]);
  }
  FramebufferVisit(const FramebufferVisit&) = delete;
  FramebufferVisit& operator=(const FramebufferVisit&) = delete;

 private:
  const GlContext& gl_;
  GLint framebuffer_ = 0;
  std::array<GLint, 4> viewport_{};
};

}  // namespace panohead::render
