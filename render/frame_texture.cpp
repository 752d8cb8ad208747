#include "render/frame_texture.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"

namespace panohead::render {
namespace {

/// @param image RGBA
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
  shows_shared_ = frame.on_device && shared_.upload(*frame.on_device, [&] {
    return premultiplied(withChannels(frame.picture, 4));
  });
  if (!shows_shared_) {
    uploaded_.upload(frame.picture.channels == 4 ? premultiplied(frame.picture) : frame.picture);
  }
}

}  // namespace panohead::render
