#include "ui/bridge/qt_image.h"

#include <algorithm>

namespace panohead::ui {

QImage toQImage(const Image& image) {
  if (image.empty()) {
    return {};
  }
  const QImage::Format format = image.channels == 4   ? QImage::Format_RGBA8888
                                : image.channels == 1 ? QImage::Format_Grayscale8
                                                      : QImage::Format_RGB888;
  const QImage view(
      image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.rowBytes()), format);
  return view.convertToFormat(image.channels == 4 ? QImage::Format_ARGB32_Premultiplied
                                                  : QImage::Format_RGB32);
}

Image toImage(const QImage& image) {
  const QImage rgb = image.convertToFormat(QImage::Format_RGB888);
  Image result(rgb.width(), rgb.height(), 3);
  for (int y = 0; y < rgb.height(); ++y) {
    std::copy_n(rgb.constScanLine(y), result.rowBytes(), result.row(y));
  }
  return result;
}

}  // namespace panohead::ui
