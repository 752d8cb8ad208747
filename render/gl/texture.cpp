#include "render/gl/texture.h"

namespace panohead::render {

Texture::Texture(GlContextPtr context) : handle_(std::move(context)) {
  const GlContext& gl = handle_.gl();
  gl.bindTexture(GL_TEXTURE_2D, handle_.get());
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

void Texture::upload(const Image& image) {
  const GlContext& gl = handle_.gl();
  const GLenum format = image.channels == 1 ? GL_RED : image.channels == 3 ? GL_RGB : GL_RGBA;
  gl.bindTexture(GL_TEXTURE_2D, handle_.get());
  gl.pixelStorei(GL_UNPACK_ALIGNMENT, 1);
  if (image.width == width_ && image.height == height_ && image.channels == channels_) {
    gl.texSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width_, height_, format, GL_UNSIGNED_BYTE, image.pixels.data());
  } else {
    width_ = image.width;
    height_ = image.height;
    channels_ = image.channels;
    const GLint stored = channels_ == 1 ? GL_R8 : channels_ == 3 ? GL_RGB8 : GL_RGBA8;
    gl.texImage2D(
        GL_TEXTURE_2D, 0, stored, width_, height_, 0, format, GL_UNSIGNED_BYTE, image.pixels.data());
    gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_G, channels_ == 1 ? GL_RED : GL_GREEN);
    gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_B, channels_ == 1 ? GL_RED : GL_BLUE);
  }
  gl.pixelStorei(GL_UNPACK_ALIGNMENT, 4);
  gl.generateMipmap(GL_TEXTURE_2D);
}

void Texture::allocate(int width, int height) {
  const GlContext& gl = handle_.gl();
  width_ = width;
  height_ = height;
  channels_ = 4;
  gl.bindTexture(GL_TEXTURE_2D, handle_.get());
  gl.texImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
}

void Texture::makeMipmaps() {
  handle_.gl().bindTexture(GL_TEXTURE_2D, handle_.get());
  handle_.gl().generateMipmap(GL_TEXTURE_2D);
}

void Texture::bind(int unit) const {
  handle_.gl().activeTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  handle_.gl().bindTexture(GL_TEXTURE_2D, handle_.get());
}

}  // namespace panohead::render
