#include "ui/photo/drift_gauge.h"

#include <QPainter>

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr double kUsualEnd = 0.05;  // of the bar, where no limit is set

}  // namespace

DriftGauge::DriftGauge(QWidget* parent) : QWidget(parent) {
  setObjectName("fitDrift");
  setFixedHeight(22);
  setToolTip(
      tr("How far tuning has changed the sides and the back, which no photo shows: mean change of a "
         "colour. A head that rots at its sides shows here first"));
  setDrift(-1, 0);
}

void DriftGauge::setDrift(double drift, double limit) {
  drift_ = drift;
  limit_ = limit;
  setAccessibleName(text());
  update();
}

QString DriftGauge::text() const {
  if (drift_ < 0) {
    return tr("Side drift: measured while tuning");
  }
  const QString value = tr("Side drift %1 %").arg(100 * drift_, 0, 'f', 2);
  return limit_ > 0 ? tr("%1 (tuning ends at %2 %)").arg(value).arg(100 * limit_, 0, 'f', 2) : value;
}

void DriftGauge::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF bar = QRectF(rect()).adjusted(0.5, 1.5, -0.5, -1.5);
  painter.setPen(QColor(0x3a, 0x3f, 0x48));
  painter.setBrush(palette().color(QPalette::Base));
  painter.drawRoundedRect(bar, 5, 5);
  const double end = limit_ > 0 ? 1.25 * limit_ : kUsualEnd;
  const double share = std::clamp(drift_ / end, 0.0, 1.0);
  if (share > 0) {
    // Green, by yellow, to red.
    painter.setBrush(QColor::fromHsvF(static_cast<float>(0.33 * (1 - share)), 0.6F, 0.62F));
    painter.setPen(Qt::NoPen);
    QRectF filled = bar.adjusted(1, 1, -1, -1);
    filled.setWidth(std::max(6.0, filled.width() * share));
    painter.drawRoundedRect(filled, 4, 4);
  }
  if (limit_ > 0) {
    const double x = bar.left() + bar.width() * limit_ / end;
    painter.setPen(QPen(QColor(0xff, 0x9a, 0x7a), 2));
    painter.drawLine(QPointF(x, bar.top()), QPointF(x, bar.bottom()));
  }
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(bar, Qt::AlignCenter, text());
}

}  // namespace panohead::ui
