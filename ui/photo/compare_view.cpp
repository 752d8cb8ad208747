#include "ui/photo/compare_view.h"

#include "ui/photo/picture_caption.h"

#include <QMouseEvent>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kSteps = 1000;

}  // namespace

CompareView::CompareView(QWidget* parent) : QWidget(parent), slider_(new QSlider(Qt::Horizontal)) {
  setObjectName("fitCompare");
  setAccessibleName(tr("Two pictures with a border between them"));
  setCursor(Qt::SplitHCursor);
  setMinimumSize(160, 160);
  slider_->setObjectName("compareBorder");
  slider_->setAccessibleName(tr("Border between the pictures"));
  slider_->setToolTip(tr("Moves the border between the pictures; dragging in them does the same"));
  slider_->setRange(0, kSteps);
  slider_->setPageStep(kSteps / 10);
  slider_->setSingleStep(kSteps / 100);
  slider_->setValue(kSteps / 2);
  slider_->setCursor(Qt::ArrowCursor);
  connect(slider_, &QSlider::valueChanged, this, qOverload<>(&QWidget::update));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addStretch(1);
  layout->addWidget(slider_);
}

void CompareView::setImages(const QImage& left, const QImage& right) {
  left_ = left;
  right_ = right;
  update();
}

void CompareView::setNames(const QString& left, const QString& right) {
  left_name_ = left;
  right_name_ = right;
  update();
}

double CompareView::border() const { return slider_->value() / static_cast<double>(kSteps); }

QRect CompareView::place() const {
  const int room = height() - slider_->height() - 4;
  const int side = std::max(1, std::min(width(), room));
  return {(width() - side) / 2, (room - side) / 2, side, side};
}

void CompareView::mousePressEvent(QMouseEvent* event) {
  const QRect picture = place();
  slider_->setValue(
      static_cast<int>(std::lround(kSteps * (event->position().x() - picture.left()) / picture.width())));
}

void CompareView::mouseMoveEvent(QMouseEvent* event) { mousePressEvent(event); }

void CompareView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHints(QPainter::SmoothPixmapTransform | QPainter::Antialiasing);
  const QRect picture = place();
  painter.fillRect(picture, palette().color(QPalette::Base));
  const int x = picture.left() + static_cast<int>(std::lround(border() * picture.width()));
  const auto drawPart = [&](const QImage& image, const QRect& part) {
    painter.setClipRect(part);
    if (image.isNull()) {
      painter.setPen(palette().color(QPalette::PlaceholderText));
      painter.drawText(part, Qt::AlignCenter | Qt::TextWordWrap, tr("not yet"));
    } else {
      painter.drawImage(picture, image);
    }
  };
  drawPart(left_, QRect(picture.topLeft(), QPoint(x - 1, picture.bottom())));
  drawPart(right_, QRect(QPoint(x, picture.top()), picture.bottomRight()));
  painter.setClipping(false);
  painter.setPen(QPen(QColor(0, 0, 0, 120), 3));
  painter.drawLine(x, picture.top(), x, picture.bottom());
  painter.setPen(QPen(Qt::white, 1));
  painter.drawLine(x, picture.top(), x, picture.bottom());
  drawCaption(painter, picture, left_name_, Qt::AlignLeft);
  drawCaption(painter, picture, right_name_, Qt::AlignRight);
}

}  // namespace panohead::ui
