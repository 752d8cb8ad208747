#include "render/gl/framebuffer.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead::render {

Framebuffer::Framebuffer(GlContextPtr context, int width, int height)
    : handle_(context), colour_(std::move(context)) {
  const GlContext& gl = handle_.gl();
  colour_.allocate(width, height);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);  // complete as it is
  bind();
  gl.framebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, colour_.id(), 0);
  if (gl.checkFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw DeviceError(fmt::format("the graphics driver refuses a picture of {} x {} pixels", width, height),
                      "choose a smaller size");
  }
}

void Framebuffer::bind() const { handle_.gl().bindFramebuffer(GL_FRAMEBUFFER, handle_.get()); }

Image Framebuffer::read() const {
  bind();
  Image image(colour_.width(), colour_.height(), 4);
  handle_.gl().readPixels(0, 0, image.width, image.height, GL_RGBA, GL_UNSIGNED_BYTE, image.pixels.data());
  for (int top = 0, bottom = image.height - 1; top < bottom; ++top, --bottom) {
    std::swap_ranges(image.row(top), image.row(top) + image.rowBytes(), image.row(bottom));
  }
  return image;
}

}  // namespace panohead::render
