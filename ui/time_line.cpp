#include "ui/time_line.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr double kMargin = 14;      // logical pixels at both ends
constexpr double kShortest = 4;     // seconds that are always shown
constexpr double kMagnet = 6;       // pixels within which the playhead sticks to a mark
constexpr double kKeyStep = 0.1;    // seconds
constexpr double kSameTime = 1e-3;  // seconds

}  // namespace

TimeLine::TimeLine(QWidget* parent) : QWidget(parent) {
  setObjectName("timeLine");
  setAccessibleName(tr("Time line"));
  setToolTip(tr("Drag the playhead; marks are key frames (arrow keys move it, too)"));
  setFocusPolicy(Qt::StrongFocus);
  setMinimumHeight(48);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void TimeLine::setMarks(std::vector<double> marks) {
  marks_ = std::move(marks);
  update();
}

void TimeLine::setTime(double seconds) {
  time_ = std::max(seconds, 0.0);
  update();
}

namespace {

/// Seconds between labels, of the series 1, 2, 5, 10, ...: as near as they can be read.
double labelStep(double seconds, double width) {
  constexpr double kRoom = 50;  // pixels of a label
  double step = 1;
  for (int i = 0; step * width < kRoom * seconds && i < 60; ++i) {
    step *= i % 3 == 1 ? 2.5 : 2;
  }
  return step;
}

}  // namespace

int TimeLine::markAtTime() const {
  const auto mark =
      std::ranges::find_if(marks_, [this](double m) { return std::abs(m - time_) < kSameTime; });
  return mark == marks_.end() ? -1 : static_cast<int>(mark - marks_.begin());
}

// A quarter more than the film has, so that there is room for the next key frame.
double TimeLine::length() const {
  const double film = marks_.empty() ? 0 : marks_.back();
  return std::max({kShortest, 1.25 * film, time_});
}

double TimeLine::placeOf(double seconds) const {
  return kMargin + seconds / length() * (width() - 2 * kMargin);
}

void TimeLine::scrubTo(double x) {
  double seconds = std::clamp((x - kMargin) / (width() - 2 * kMargin), 0.0, 1.0) * length();
  seconds = std::round(seconds * 100) / 100;
  for (const double mark : marks_) {
    if (std::abs(placeOf(mark) - x) < kMagnet) {
      seconds = mark;
    }
  }
  setTime(seconds);
  emit scrubbed(seconds);
}

void TimeLine::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const double middle = height() * 0.62;
  painter.setPen(QPen(QColor(0x3a, 0x3f, 0x48), 4, Qt::SolidLine, Qt::RoundCap));
  painter.drawLine(QPointF(kMargin, middle), QPointF(width() - kMargin, middle));
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.8);
  painter.setFont(small);
  const double step = labelStep(length(), width() - 2 * kMargin);
  for (int i = 0; i * step <= length() + 1e-9; ++i) {
    const double second = i * step;
    const double x = placeOf(second);
    painter.setPen(QColor(0x8b, 0x91, 0x9c));
    painter.drawText(QRectF(x - 20, 0, 40, 14), Qt::AlignCenter, tr("%1 s").arg(second));
    painter.setPen(QColor(0x3a, 0x3f, 0x48));
    painter.drawLine(QPointF(x, 16), QPointF(x, 20));
  }
  painter.setPen(Qt::NoPen);
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    painter.setBrush(static_cast<int>(i) == markAtTime() ? QColor(0xec, 0xee, 0xf1)
                                                         : QColor(0x5b, 0x9b, 0xd5));
    const QPointF at(placeOf(marks_[i]), middle);
    painter.drawPolygon(
        QPolygonF({at + QPointF(0, -8), at + QPointF(7, 0), at + QPointF(0, 8), at + QPointF(-7, 0)}));
  }
  painter.setPen(QPen(hasFocus() ? QColor(0xff, 0xb0, 0x5c) : QColor(0xcf, 0x8a, 0x3f), 2));
  painter.drawLine(QPointF(placeOf(time_), 18), QPointF(placeOf(time_), height() - 3));
}

void TimeLine::mousePressEvent(QMouseEvent* event) { scrubTo(event->position().x()); }

void TimeLine::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) {
    scrubTo(event->position().x());
  }
}

void TimeLine::mouseReleaseEvent(QMouseEvent*) { emit released(); }

void TimeLine::keyPressEvent(QKeyEvent* event) {
  const int direction = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  if (direction == 0) {
    QWidget::keyPressEvent(event);
    return;
  }
  setTime(time_ + direction * kKeyStep);
  emit scrubbed(time_);
}

}  // namespace panohead::ui
