#pragma once

#include "core/base/image.h"

#include <QImage>

namespace panohead::ui {

/// A copy, as widgets draw it fastest: grey and RGB as RGB32, RGBA premultiplied. A null image of an empty
/// one.
QImage toQImage(const Image& image);

/// RGB; alpha is left out.
Image toImage(const QImage& image);

}  // namespace panohead::ui
