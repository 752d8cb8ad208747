#pragma once

#include "core/base/image.h"

#include <QImage>

#include <utility>

namespace panohead::ui {

/// A photo as widgets draw it quickly: nearly all of it, and small.
struct ShownPhoto {
  QImage fine, coarse;
  QSize size;  // pixels of the photo, which all coordinates are in
  bool isNull() const { return fine.isNull(); }
  /// The one that has enough pixels at `zoom` screen pixels per pixel of the photo.
  const QImage& at(double zoom) const { return zoom * size.width() > coarse.width() * 1.2 ? fine : coarse; }
};

/// Takes a while for large ones: for a worker.
inline ShownPhoto shownPhoto(const QImage& photo) {
  constexpr int kFine = 4096, kCoarse = 900;  // pixels of the longest side
  const auto atMost = [](const QImage& image, int side) {
    return std::max(image.width(), image.height()) <= side
               ? image
               : image.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation);
  };
  ShownPhoto shown;
  shown.size = photo.size();
  shown.fine = atMost(photo, kFine);
  shown.coarse = atMost(shown.fine, kCoarse);
  return shown;
}

}  // namespace panohead::ui
