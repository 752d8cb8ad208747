#include "render/preview/preview_picture.h"

#include "render/preview/preview_numbers.h"

#include <algorithm>

namespace panohead::render {
namespace {

/// @param value in [-1, 1]; to bytes as core/session/frame_image.h has it
std::uint8_t toByte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value * 127.5F + 128.0F, 0.0F, 255.0F));
}

/// The same in each channel. @param shade of a value, in [-1, 1]
template <typename Shade>
Image greyPicture(const std::vector<float>& values, int side, const Shade& shade) {
  constexpr int kChannels = 3;
  Image image(side, side, kChannels);
  std::uint8_t* byte = image.pixels.data();
  for (const float value : values) {
    byte = std::fill_n(byte, kChannels, toByte(shade(value)));
  }
  return image;
}

// Near is bright; the range is the frame's own.
Image depthPicture(const Frame& raw) {
  const auto [nearest, farthest] = std::ranges::minmax(raw.depth);
  const float range = std::max(farthest - nearest, 1e-6F);
  return greyPicture(raw.depth, raw.neural_resolution, [near = nearest, range](float depth) {
    return 1 - (depth - near) / range * 2;
  });
}

Image laidOver(const Image& cut_out, const Image& behind) {
  Image image(cut_out.width, cut_out.height, 3);
  const std::size_t pixels = image.pixels.size() / 3;
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    const unsigned alpha = cut_out.pixels[4 * pixel + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned sum =
          cut_out.pixels[4 * pixel + c] * alpha + behind.pixels[3 * pixel + c] * (255U - alpha);
      image.pixels[3 * pixel + c] = static_cast<std::uint8_t>((sum + 127U) / 255U);
    }
  }
  return image;
}

}  // namespace

Image previewPicture(const Frame& raw, RenderMode mode, const Image& behind) {
  if (mode == RenderMode::Depth) {
    return depthPicture(raw);
  }
  if (mode == RenderMode::Mask) {
    return greyPicture(raw.mask, raw.neural_resolution, [](float mask) { return 2 * mask - 1; });
  }
  return raw.picture.channels == 4 && !behind.empty() ? laidOver(raw.picture, behind) : raw.picture;
}

Image previewBehind(const Image& behind, int resolution) {
  if (behind.empty()) {
    return {};
  }
  std::vector<float> wide(behind.pixels.size() / 3 * 4);
  for (std::size_t pixel = 0; pixel < wide.size() / 4; ++pixel) {
    std::copy_n(behind.pixels.begin() + static_cast<std::ptrdiff_t>(3 * pixel),
                3,
                wide.begin() + static_cast<std::ptrdiff_t>(4 * pixel));
  }
  const std::vector<float> resized = resizeSquare(wide, behind.width, resolution, true);
  Image image(resolution, resolution, 3);
  for (std::size_t pixel = 0; pixel < resized.size() / 4; ++pixel) {
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[3 * pixel + c] =
          static_cast<std::uint8_t>(std::clamp(resized[4 * pixel + c] + 0.5F, 0.0F, 255.0F));
    }
  }
  return image;
}

}  // namespace panohead::render
