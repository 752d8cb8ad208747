#include "ui/photo/around_view.h"

#include "ui/photo/picture_caption.h"

#include <QPainter>

#include <algorithm>

namespace panohead::ui {

AroundView::AroundView(QWidget* parent) : QWidget(parent) {
  setObjectName("fitAround");
  setAccessibleName(tr("The fit from the front, from 45 and 90 degrees, and from behind"));
  setToolTip(accessibleName());
  setMinimumSize(160, 160);
}

void AroundView::setImages(const std::array<QImage, 4>& images) {
  images_ = images;
  update();
}

void AroundView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHints(QPainter::SmoothPixmapTransform | QPainter::Antialiasing);
  constexpr int kGap = 3;
  const bool in_row = width() > 2 * height();
  const int columns = in_row ? 4 : 2;
  const int side =
      std::min((width() - kGap * (columns - 1)) / columns, in_row ? height() : (height() - kGap) / 2);
  const int left = (width() - columns * side - (columns - 1) * kGap) / 2;
  const std::array<QString, 4> captions{
      tr("Front"), QString::fromUtf8("45\u00b0"), QString::fromUtf8("90\u00b0"), tr("Back")};
  for (int i = 0; i < 4; ++i) {
    const QRect place(left + i % columns * (side + kGap), i / columns * (side + kGap), side, side);
    const QImage& image = images_[static_cast<std::size_t>(i)];
    if (image.isNull()) {
      painter.fillRect(place, palette().color(QPalette::Base));
    } else {
      painter.drawImage(place, image);
    }
    drawCaption(painter, place, captions[static_cast<std::size_t>(i)], Qt::AlignLeft);
  }
}

}  // namespace panohead::ui
