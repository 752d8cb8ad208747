#include "render/gl/float_texture.h"

namespace panohead::render {

FloatTexture::FloatTexture(GlContextPtr context, int channels)
    : handle_(std::move(context)), channels_(channels) {
  const GlContext& gl = handle_.gl();
  gl.bindTexture(GL_TEXTURE_2D, handle_.get());
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);  // complete without mipmaps: images need that
}

void FloatTexture::allocate(int width, int height, std::span<const float> numbers) {
  width_ = width;
  height_ = height;
  handle_.gl().bindTexture(GL_TEXTURE_2D, handle_.get());
  handle_.gl().texImage2D(GL_TEXTURE_2D,
                          0,
                          channels_ == 1 ? GL_R32F : GL_RGBA32F,
                          width,
                          height,
                          0,
                          channels_ == 1 ? GL_RED : GL_RGBA,
                          GL_FLOAT,
                          numbers.empty() ? nullptr : numbers.data());
}

void FloatTexture::bind(int unit) const {
  handle_.gl().activeTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  handle_.gl().bindTexture(GL_TEXTURE_2D, handle_.get());
}

void FloatTexture::bindForWriting(int image_unit) const {
  handle_.gl().bindImageTexture(static_cast<GLuint>(image_unit),
                                handle_.get(),
                                0,
                                GL_FALSE,
                                0,
                                GL_WRITE_ONLY,
                                channels_ == 1 ? GL_R32F : GL_RGBA32F);
}

}  // namespace panohead::render
