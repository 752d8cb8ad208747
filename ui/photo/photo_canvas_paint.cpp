#include "ui/photo/landmark_names.h"
#include "ui/photo/photo_canvas.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace panohead::ui {
namespace {

const QColor kAccent(0x5b, 0x9b, 0xd5);
const QColor kPerson(0x2c, 0xb4, 0xff);
const QColor kBackground(0xff, 0x7a, 0x59);
constexpr double kHandle = 5;  // logical pixels, half a side

QColor colorOf(bool person) { return person ? kPerson : kBackground; }

void label(QPainter& painter, const QPointF& at, const QString& text, const QColor& colour) {
  const QRectF box(at, QSizeF(18, 16));
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  painter.drawRoundedRect(box, 3, 3);
  painter.setPen(Qt::white);
  painter.drawText(box, Qt::AlignCenter, text);
}

}  // namespace

void PhotoCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  if (photo_.isNull()) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("Drop a photo here"));
    return;
  }
  painter.setRenderHints(QPainter::SmoothPixmapTransform | QPainter::Antialiasing);
  paintPhoto(painter);
  paintHeads(painter);
  paintSquare(painter);
  paintLandmarks(painter);
  paintBrush(painter);
  if (hasFocus()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(kAccent, 1));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void PhotoCanvas::paintPhoto(QPainter& painter) const {
  painter.save();
  painter.translate(offset_);
  painter.scale(zoom_, zoom_);
  painter.drawImage(QRectF(QPointF(), photo_.size), photo_.at(zoom_ * devicePixelRatioF()));
  if (!tint_.isNull()) {
    painter.setTransform(squareToPhoto(tint_square_), true);
    painter.drawImage(QRectF(0, 0, 1, 1), tint_);
  }
  painter.restore();

  QPainterPath outside;
  outside.addRect(rect());
  QPolygonF inside;
  for (const QPointF& corner : squareOutline(square_)) {
    inside << toWidget(corner);
  }
  outside.addPolygon(inside);
  outside.closeSubpath();
  outside.setFillRule(Qt::OddEvenFill);
  painter.fillPath(outside, QColor(0, 0, 0, 96));

  painter.setPen(QPen(QColor(255, 255, 255, 170), 1.3, Qt::SolidLine, Qt::RoundCap));
  for (const auto& point : landmarks_) {
    painter.drawPoint(toWidget({point[0], point[1]}));
  }
}

void PhotoCanvas::paintHeads(QPainter& painter) const {
  for (int i = 0; i < static_cast<int>(heads_.size()) && heads_.size() > 1; ++i) {
    const QColor colour = i == chosen_ ? kAccent : QColor(0xe2, 0xa4, 0x58);
    QPolygonF outline;
    for (const QPointF& corner :
         squareOutline(i == chosen_ ? square_ : heads_[static_cast<std::size_t>(i)])) {
      outline << toWidget(corner);
    }
    if (i != chosen_) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(colour, 1.5, Qt::DashLine));
      painter.drawPolygon(outline);
    }
    label(painter, outline.front() + QPointF(4, 4), QString::number(i + 1), colour);
  }
}

void PhotoCanvas::paintSquare(QPainter& painter) const {
  QPolygonF outline;
  for (const QPointF& corner : squareOutline(square_)) {
    outline << toWidget(corner);
  }
  const QPointF top = (outline[0] + outline[1]) / 2;
  const QPointF knob = toWidget(turnKnob(square_, reach()));
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 140), 3.5));
  painter.drawPolygon(outline);
  painter.setPen(QPen(kAccent, 1.6));
  painter.drawPolygon(outline);
  const QPointF centre = toWidget({square_.x, square_.y});
  painter.setPen(QPen(QColor(255, 255, 255, 150), 1));
  painter.drawLine(centre - QPointF(6, 0), centre + QPointF(6, 0));
  painter.drawLine(centre - QPointF(0, 6), centre + QPointF(0, 6));
  if (tool_ != Tool::Square) {
    return;
  }
  painter.setPen(QPen(kAccent, 1.6));
  painter.drawLine(top, knob);
  painter.setPen(QPen(Qt::white, 1.2));
  painter.setBrush(kAccent);
  for (const QPointF& corner : outline) {
    painter.drawRect(QRectF(corner.x() - kHandle, corner.y() - kHandle, 2 * kHandle, 2 * kHandle));
  }
  painter.drawEllipse(knob, kHandle + 1, kHandle + 1);
}

void PhotoCanvas::paintLandmarks(QPainter& painter) const {
  if (tool_ != Tool::Landmarks || landmarks_.empty()) {
    return;
  }
  for (int i = 0; i < static_cast<int>(kFaceHandles.size()); ++i) {
    const bool chosen = i == landmark_;
    const double radius = chosen ? kHandle + 1.5 : kHandle - 0.5;
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3.2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(toWidget(landmarkAt(i)), radius, radius);
    painter.setPen(QPen(Qt::white, 1.3));
    painter.setBrush(chosen ? kBackground : kAccent);
    painter.drawEllipse(toWidget(landmarkAt(i)), radius, radius);
  }
  const QString name = landmarkName(landmark_);
  QRectF box = painter.fontMetrics().boundingRect(name).adjusted(-5, -2, 5, 2);
  box.moveTo(toWidget(landmarkAt(landmark_)) + QPointF(12, -8 - box.height()));
  box.moveRight(std::min(box.right(), width() - 4.0));
  box.moveTop(std::max(box.top(), 4.0));
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 170));
  painter.drawRoundedRect(box, 3, 3);
  painter.setPen(Qt::white);
  painter.drawText(box, Qt::AlignCenter, name);
}

void PhotoCanvas::paintBrush(QPainter& painter) const {
  if (stroke_) {
    QPolygonF line;
    for (const auto& point : stroke_->points) {
      line << toWidget({point[0], point[1]});
    }
    if (line.size() == 1) {
      line << line.front() + QPointF(0.1, 0);
    }
    QColor colour = colorOf(stroke_->person);
    colour.setAlpha(150);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 2 * stroke_->radius * zoom_, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(line);
  }
  if (isPainting() && brush_at_) {
    const double radius = brushRadius() * zoom_;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3));
    painter.drawEllipse(toWidget(*brush_at_), radius, radius);
    painter.setPen(QPen(colorOf(tool_ == Tool::Person), 1.5));
    painter.drawEllipse(toWidget(*brush_at_), radius, radius);
  }
}

}  // namespace panohead::ui
