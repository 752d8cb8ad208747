#pragma once

#include <cstdint>
#include <vector>

namespace panohead {

/// An 8-bit picture on the host: interleaved channels, row 0 at the top, sRGB, straight alpha.
struct Image {
  int width = 0;                     // pixels
  int height = 0;                    // pixels
  int channels = 0;                  // 1 grey, 3 RGB, 4 RGBA
  std::vector<std::uint8_t> pixels;  // width * height * channels

  Image() = default;
  Image(int width, int height, int channels)
      : width(width),
        height(height),
        channels(channels),
        pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
               static_cast<std::size_t>(channels)) {}

  bool empty() const noexcept { return pixels.empty(); }
  std::uint8_t* row(int y) noexcept { return pixels.data() + rowBytes() * static_cast<std::size_t>(y); }
  const std::uint8_t* row(int y) const noexcept {
    return pixels.data() + rowBytes() * static_cast<std::size_t>(y);
  }
  std::size_t rowBytes() const noexcept {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
};

}  // namespace panohead
