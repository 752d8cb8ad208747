#include "ui/latent_pad.h"

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr double kCell = 46;        // logical pixels from seed to seed
constexpr int kReach = 32768;       // cells from the middle
constexpr double kArrowStep = 0.1;  // cells

double smooth(double t) { return t * t * (3 - 2 * t); }  // no corner where one passes a seed
double unsmooth(double s) {
  return s <= 0 ? 0 : s >= 1 ? 1 : 0.5 - std::sin(std::asin(1 - 2 * s) / 3);  // both ends to the last bit
}

QPoint cellOf(std::uint32_t seed) {
  return {static_cast<std::int16_t>(seed & 0xffffU), static_cast<std::int16_t>(seed >> 16U)};
}

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
  const auto part = [](int v) { return static_cast<std::uint32_t>(v) & 0xffffU; };
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

std::optional<QPointF> LatentPad::placeOf(const Blend& blend) {
  if (blend.empty()) {
    return std::nullopt;
  }
  QPoint corner = cellOf(blend.front().first);
  for (const auto& [seed, weight] : blend) {
    const QPoint cell = cellOf(seed);
    corner = {std::min(corner.x(), cell.x()), std::min(corner.y(), cell.y())};
  }
  double right = 0, down = 0;
  for (const auto& [seed, weight] : blend) {
    const QPoint cell = cellOf(seed) - corner;
    right += cell.x() == 1 ? weight : 0;
    down += cell.y() == 1 ? weight : 0;
  }
  const QPointF place = QPointF(corner) + QPointF(unsmooth(right), unsmooth(down));
  // Most blends lie nowhere on the map.
  const Blend there = blendAt(place);
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && std::abs(a.second - b.second) < 1e-6;
  };
  return std::ranges::equal(there, blend, same) ? std::optional(place) : std::nullopt;
}

void LatentPad::show(const Blend& blend, std::uint32_t seed) {
  const Blend shown = blend.empty() ? Blend{{seed, 1}} : blend;
  if (shown != blendAt(place_)) {  // by undo, another head, or a file
    const std::optional<QPointF> place = placeOf(shown);
    on_map_ = place.has_value();
    place_ = place.value_or(place_);
  } else {
    on_map_ = true;
  }
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

QPoint LatentPad::cellUnder(QPointF mouse) const {
  const QPointF at = place_ + (mouse - QRectF(rect()).center()) / kCell;
  return {static_cast<int>(std::lround(at.x())), static_cast<int>(std::lround(at.y()))};
}

bool LatentPad::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const QPoint cell = cellUnder(help->pos());
    QToolTip::showText(help->globalPos(),
                       tr("%1\nSeed %2: click to go there").arg(toolTip()).arg(seedAt(cell.x(), cell.y())),
                       this);
    return true;
  }
  return QWidget::event(event);
}

void LatentPad::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) {
    return;
  }
  last_mouse_ = event->position();
  dragged_ = false;
  setCursor(Qt::ClosedHandCursor);
}

void LatentPad::mouseMoveEvent(QMouseEvent* event) {
  const QPointF way = event->position() - last_mouse_;
  const bool moves = dragged_ || way.manhattanLength() >= QApplication::startDragDistance();
  if ((event->buttons() & Qt::LeftButton) && moves) {
    dragged_ = true;
    moveBy((last_mouse_ - event->position()) / kCell);
    last_mouse_ = event->position();
  }
}

void LatentPad::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) {
    return;
  }
  setCursor(Qt::OpenHandCursor);
  if (!dragged_) {
    moveBy(QPointF(cellUnder(event->position())) - place_);
  }
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
