#pragma once

#include "core/base/image.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace panohead {

using Rgb = std::array<std::uint8_t, 3>;

/// Draws plain charts into an RGB picture; whatever lies outside of it is cut away. Pixels, row 0 on top.
class Canvas {
 public:
  Canvas(int width, int height, const Rgb& background);

  void fillRectangle(int x, int y, int width, int height, const Rgb& colour);
  /// Letters without accents (drawn as capitals), digits and common signs, 5 x 7 dots of `scale` pixels with
  /// a gap of one dot. (x, y) is the upper left corner. Other characters are drawn as a box.
  void drawText(int x, int y, std::string_view text, const Rgb& colour, int scale = 1);
  /// 3 or 1 channels, at (x, y).
  void drawImage(int x, int y, const Image& image);

  const Image& image() const noexcept { return image_; }

 private:
  Image image_;
};

inline constexpr int kTextHeight = 7;  // dots
/// Width in dots of a text.
int textWidth(std::string_view text);

}  // namespace panohead
