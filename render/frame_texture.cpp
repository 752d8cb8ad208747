#include "render/frame_texture.h"

#include "core/base/error.h"

namespace panohead::render {
namespace {

Image premultiplied(Image image) {
  for (std::size_t i = 0; i < image.pixels.size(); i += 4) {
    const unsigned alpha = image.pixels[i + 3];
    for (std::size_t c = i; c < i + 3; ++c) {
      image.pixels[c] = static_cast<std::uint8_t>((image.pixels[c] * alpha + 127U) / 255U);
    }
  }
  return image;
}

}  // namespace

void FrameTexture::upload(const Frame& frame) {
  if (frame.picture.empty()) {
    throw DeviceError("a frame without a picture cannot be shown",
                      "this should not happen: please report it");
  }
  texture_.upload(frame.picture.channels == 4 ? premultiplied(frame.picture) : frame.picture);
}

}  // namespace panohead::render
