#include "ui/elided_label.h"

#include <QPainter>
#include <QStyle>

namespace panohead::ui {

QSize ElidedLabel::minimumSizeHint() const {
  return {fontMetrics().horizontalAdvance(QChar(0x2026)), QLabel::minimumSizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QRect place = contentsRect();
  style()->drawItemText(&painter,
                        place,
                        static_cast<int>(alignment()),
                        palette(),
                        isEnabled(),
                        fontMetrics().elidedText(text(), Qt::ElideRight, place.width()),
                        foregroundRole());
}

}  // namespace panohead::ui
