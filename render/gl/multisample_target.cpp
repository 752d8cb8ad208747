#include "render/gl/multisample_target.h"

#include "core/base/error.h"
#include "render/gl/framebuffer_visit.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead::render {
namespace {

constexpr GLint kSamples = 4;

}  // namespace

MultisampleTarget::MultisampleTarget(GlContextPtr context)
    : context_(std::move(context)), handle_(context_), colour_(context_), depth_(context_) {}

void MultisampleTarget::resize(int width, int height) {
  if (width == this->width() && height == this->height()) {
    return;
  }
  const GlContext& gl = *context_;
  resolved_.reset();
  GLint most = 0;
  gl.getIntegerv(GL_MAX_SAMPLES, &most);
  const FramebufferVisit visit(gl, handle_.get());
  const auto attach = [&](GLuint buffer, GLenum format, GLenum place) {
    gl.bindRenderbuffer(GL_RENDERBUFFER, buffer);
    gl.renderbufferStorageMultisample(GL_RENDERBUFFER, std::min(kSamples, most), format, width, height);
    gl.framebufferRenderbuffer(GL_FRAMEBUFFER, place, GL_RENDERBUFFER, buffer);
  };
  attach(colour_.get(), GL_RGBA8, GL_COLOR_ATTACHMENT0);
  attach(depth_.get(), GL_DEPTH_COMPONENT24, GL_DEPTH_ATTACHMENT);
  if (gl.checkFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw DeviceError(fmt::format("the graphics driver refuses a picture of {} x {} pixels", width, height),
                      "make the window smaller");
  }
  resolved_.emplace(context_, width, height);
}

void MultisampleTarget::resolve() const {
  const GlContext& gl = *context_;
  gl.bindFramebuffer(GL_READ_FRAMEBUFFER, handle_.get());
  gl.bindFramebuffer(GL_DRAW_FRAMEBUFFER, resolved_->id());
  gl.blitFramebuffer(0, 0, width(), height(), 0, 0, width(), height(), GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

}  // namespace panohead::render
