#pragma once

#include "ui/viewport_widget.h"

#include <QPainter>
#include <QPixmap>

namespace panohead::test {

/// What is on the screen: the widgets, and the viewport where it is, which widgets cannot draw where the
/// window is not composed.
inline QPixmap windowPicture(QWidget& window, ui::ViewportWidget& viewport) {
  QPixmap picture = window.grab();
  QPainter painter(&picture);
  painter.drawImage(QRect(viewport.mapTo(&window, QPoint(0, 0)), viewport.size()),
                    viewport.grabFramebuffer());
  return picture;
}

}  // namespace panohead::test
