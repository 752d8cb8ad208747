#pragma once

#include "render/gl/texture.h"

#include <glm/vec3.hpp>

#include <cstdint>
#include <span>

namespace panohead::render {

/// A three-dimensional RGBA texture of half floats, smooth, clamped at its faces, without mipmaps.
class VolumeTexture {
 public:
  explicit VolumeTexture(GlContextPtr context);

  /// Replaces the content. @param size width, height, depth  @param texels half floats,
  /// [depth][height][width][4] Throws DeviceError when the driver has no room for it.
  void upload(const glm::ivec3& size, std::span<const std::uint16_t> texels);
  void bind(int unit) const;

 private:
  GlHandle<TextureTraits> handle_;
};

}  // namespace panohead::render
