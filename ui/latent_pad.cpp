#include "ui/latent_pad.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr double kCell = 46;        // logical pixels from seed to seed
constexpr int kReach = 32768;       // cells from the middle
constexpr double kArrowStep = 0.1;  // cells

double smooth(double t) { return t * t * (3 - 2 * t); }  // no corner where one passes a seed

}  // namespace

LatentPad::LatentPad(QWidget* parent) : QWidget(parent) {
  setObjectName("latentPad");
  setAccessibleName(tr("Latent pad"));
  setToolTip(tr("A map of seeds: drag to walk from head to head (arrow keys work, too)"));
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::OpenHandCursor);
  setMinimumHeight(110);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

std::uint32_t LatentPad::seedAt(int x, int y) {
  const auto part = [](int v) { return static_cast<std::uint32_t>(v + kReach) & 0xffffU; };
  return part(y) << 16U | part(x);
}

LatentPad::Blend LatentPad::blendAt(QPointF place) {
  const double x = std::floor(place.x()), y = std::floor(place.y());
  const double u = smooth(place.x() - x), v = smooth(place.y() - y);
  Blend blend;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      const double weight = (i == 0 ? 1 - u : u) * (j == 0 ? 1 - v : v);
      if (weight > 0) {
        blend.emplace_back(seedAt(static_cast<int>(x) + i, static_cast<int>(y) + j), weight);
      }
    }
  }
  return blend;
}

void LatentPad::show(const Blend& blend) {
  on_map_ = !blend.empty() && blend == blendAt(place_);
  update();
}

void LatentPad::moveBy(QPointF step) {
  const double limit = kReach - 2;
  place_ = {std::clamp(place_.x() + step.x(), -limit, limit),
            std::clamp(place_.y() + step.y(), -limit, limit)};
  on_map_ = true;
  update();
  emit moved(place_);
}

void LatentPad::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(QColor(0x3a, 0x3f, 0x48)));
  painter.setBrush(QColor(0x17, 0x19, 0x1c));
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
  const QPointF middle = QRectF(rect()).center();
  const int across = static_cast<int>(width() / kCell / 2) + 1;
  const int down = static_cast<int>(height() / kCell / 2) + 1;
  const int cx = static_cast<int>(std::lround(place_.x())), cy = static_cast<int>(std::lround(place_.y()));
  for (int y = cy - down; y <= cy + down; ++y) {
    for (int x = cx - across; x <= cx + across; ++x) {
      const QPointF at = middle + QPointF(x - place_.x(), y - place_.y()) * kCell;
      const std::uint32_t seed = seedAt(x, y) * 2654435761U;  // a colour of its own, always the same
      painter.setPen(Qt::NoPen);
      painter.setBrush(QColor::fromHsv(static_cast<int>(seed % 360U), 70, 150));
      painter.drawEllipse(at, 4.5, 4.5);
    }
  }
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(on_map_ ? QColor(0x5b, 0x9b, 0xd5) : QColor(0x5a, 0x61, 0x6d), 2));
  painter.drawEllipse(middle, 9, 9);
  if (hasFocus()) {
    painter.setPen(QColor(0x5b, 0x9b, 0xd5));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
  }
}

void LatentPad::mousePressEvent(QMouseEvent* event) {
  last_mouse_ = event->position();
  setCursor(Qt::ClosedHandCursor);
}

void LatentPad::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) {
    moveBy((last_mouse_ - event->position()) / kCell);
    last_mouse_ = event->position();
  }
}

void LatentPad::mouseReleaseEvent(QMouseEvent*) {
  setCursor(Qt::OpenHandCursor);
  emit released();
}

void LatentPad::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      return moveBy({-kArrowStep, 0});
    case Qt::Key_Right:
      return moveBy({kArrowStep, 0});
    case Qt::Key_Up:
      return moveBy({0, -kArrowStep});
    case Qt::Key_Down:
      return moveBy({0, kArrowStep});
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace panohead::ui
