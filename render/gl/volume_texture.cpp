#include "render/gl/volume_texture.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace panohead::render {

VolumeTexture::VolumeTexture(GlContextPtr context) : handle_(std::move(context)) {
  const GlContext& gl = handle_.gl();
  gl.bindTexture(GL_TEXTURE_3D, handle_.get());
  gl.texParameteri(GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  gl.texParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  for (const GLenum axis : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R}) {
    gl.texParameteri(GL_TEXTURE_3D, axis, GL_CLAMP_TO_EDGE);
  }
  gl.texParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAX_LEVEL, 0);
}

void VolumeTexture::upload(const glm::ivec3& size, std::span<const std::uint16_t> texels) {
  const GlContext& gl = handle_.gl();
  while (gl.getError() != GL_NO_ERROR) {  // of others
  }
  gl.bindTexture(GL_TEXTURE_3D, handle_.get());
  gl.texImage3D(
      GL_TEXTURE_3D, 0, GL_RGBA16F, size.x, size.y, size.z, 0, GL_RGBA, GL_HALF_FLOAT, texels.data());
  if (gl.getError() != GL_NO_ERROR) {
    throw DeviceError(
        fmt::format("the graphics driver has no room for {} x {} x {} texels", size.x, size.y, size.z),
        "close other programs that use the graphics card");
  }
}

void VolumeTexture::bind(int unit) const {
  handle_.gl().activeTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  handle_.gl().bindTexture(GL_TEXTURE_3D, handle_.get());
}

}  // namespace panohead::render
