#pragma once

#include "core/base/image.h"

#include <span>

namespace panohead {

/// Resampled to width x height, linear; antialiased when shrinking.
/// Colours are weighted by alpha, so that hidden ones do not bleed.
Image resized(const Image& image, int width, int height);

/// Shrunk to width x height: every pixel is the mean of the area it covers, parts of pixels counted by
/// their share. Throws OptionError when a side would grow.
Image areaDownsampled(const Image& image, int width, int height);

/// Left and right exchanged.
Image mirroredImage(const Image& image);

/// Turned and mirrored upright, as an EXIF orientation of 1 .. 8 asks for; others leave the picture as it is.
Image oriented(Image image, int orientation);

/// The picture with 1 (grey), 3 (RGB) or 4 (RGBA) channels; added alpha is opaque, lost alpha ignored.
Image withChannels(const Image& image, int channels);

/// Pictures of one size and channel count side by side, `columns` in a row, filled row by row; cells
/// left over are black (transparent with alpha). Throws OptionError when the pictures differ in kind.
Image tiled(std::span<const Image> images, int columns);

/// Mean of all values, 0..1; of a mask: the share of the picture that it covers. 0 without pixels.
double meanLevel(const Image& image);

}  // namespace panohead
