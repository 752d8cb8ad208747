#pragma once

#include <vector>

namespace panohead {

struct PackedRectangle {
  int width = 0, height = 0;  // pixels
  int x = 0, y = 0;           // of its upper left corner; written
};

/// Places rectangles in a square, the highest first, each where its lower edge lies highest (Jylänki, "A
/// Thousand Ways to Pack the Bin", 2010: skyline, bottom left). They are not turned.
/// @return false when they do not fit
bool packRectangles(std::vector<PackedRectangle>& rectangles, int side);

}  // namespace panohead
