#pragma once

#include <QPainter>

namespace panohead::ui {

/// A short name in a lower corner of a picture, readable on any.
inline void drawCaption(QPainter& painter, const QRect& picture, const QString& text, Qt::Alignment side) {
  const QFontMetrics metrics(painter.font());
  const QSize size(metrics.horizontalAdvance(text) + 10, metrics.height() + 2);
  const int x = side & Qt::AlignRight ? picture.right() - size.width() - 3 : picture.left() + 4;
  const QRect box(QPoint(x, picture.bottom() - size.height() - 3), size);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 140));
  painter.drawRoundedRect(box, 4, 4);
  painter.setPen(Qt::white);
  painter.drawText(box, Qt::AlignCenter, text);
}

}  // namespace panohead::ui
