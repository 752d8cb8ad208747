// Mouse and keys of the viewport.
#include "core/session/surface_point.h"
#include "ui/viewport_widget.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>
#include <optional>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kArrowDegrees = 5;  // per key press
constexpr double kPanStep = 0.02;    // of the picture's side, per key press
constexpr auto kPreviousKey = Qt::Key_B;
constexpr double kLineReach = 6;    // logical pixels beside the line where the mouse still takes it
constexpr double kLineStep = 0.02;  // of the picture's width, per key press

/// The view that a key of the number pad asks for, NumLock or not.
std::optional<render::Snap> keypadView(const QKeyEvent& event) {
  if (!(event.modifiers() & Qt::KeypadModifier)) {
    return {};
  }
  const bool opposite = event.modifiers() & Qt::ControlModifier;
  switch (event.key()) {
    case Qt::Key_1:
    case Qt::Key_End:
      return opposite ? render::Snap::Back : render::Snap::Front;
    case Qt::Key_3:
    case Qt::Key_PageDown:
      return opposite ? render::Snap::Left : render::Snap::Right;
    case Qt::Key_7:
    case Qt::Key_Home:
      return opposite ? render::Snap::Bottom : render::Snap::Top;
    default:
      return {};
  }
}

}  // namespace

// Shortcuts know nothing of the number pad on X11: Qt compares them without that modifier.
bool ViewportWidget::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && keypadView(*static_cast<QKeyEvent*>(event))) {
    event->accept();
    return true;
  }
  return QWidget::event(event);
}

bool ViewportWidget::onLine(const QPointF& mouse) const {
  if (!hasLine()) {
    return false;
  }
  const QRect area = pictureRect();
  const double x = (area.left() + look_.line * area.width()) / devicePixelRatio();
  return std::abs(mouse.x() - x) <= kLineReach;
}

void ViewportWidget::setLine(double line) {
  render::MeshLook look = look_;
  look.line = std::clamp(line, 0.0, 1.0);
  setMeshLook(look);
}

void ViewportWidget::mousePressEvent(QMouseEvent* event) {
  drags_line_ = event->button() == Qt::LeftButton && onLine(event->position());
  if (!drags_line_) {
    setTurning(false);
  }
  last_mouse_ = event->position();
}

void ViewportWidget::mouseReleaseEvent(QMouseEvent*) {
  if (!std::exchange(drags_line_, false)) {
    emit cameraReleased();
  }
}

// Looks at the point of the surface under the mouse from then on.
void ViewportWidget::mouseDoubleClickEvent(QMouseEvent* event) {
  const QRect area = pictureRect();
  if (frame_->picture.empty() || area.isEmpty()) {
    return;
  }
  if (onlyMesh() && frame_camera_ != orbitLabel(camera_.view())) {
    return;  // the mesh is ahead of the frame that knows depths
  }
  const QPointF place = event->position() * devicePixelRatio() - area.topLeft();
  const auto point =
      surfacePoint(*frame_, frame_camera_, place.x() / area.width(), place.y() / area.height());
  if (point) {
    camera_.lookAt(*point);
    edited({});
  }
}

void ViewportWidget::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() == Qt::NoButton) {
    setCursor(onLine(event->position()) ? Qt::SplitHCursor : Qt::ArrowCursor);
    return;
  }
  if (drags_line_) {
    const QRect area = pictureRect();
    setLine((event->position().x() * devicePixelRatio() - area.left()) / std::max(1, area.width()));
    return;
  }
  const QPointF step = (event->position() - std::exchange(last_mouse_, event->position())) /
                       std::max(1, std::min(width(), height()));
  if ((event->buttons() & Qt::LeftButton) && (event->modifiers() & Qt::AltModifier) && !roll_locked_) {
    camera_.roll(step.x());
    edited("roll");
  } else if (event->buttons() & Qt::LeftButton) {
    camera_.orbit(step.x(), step.y());
    edited("orbit");
  } else if (event->buttons() & Qt::MiddleButton) {
    camera_.pan(step.x(), step.y());
    edited("pan");
  }
}

void ViewportWidget::wheelEvent(QWheelEvent* event) {
  camera_.dolly(event->angleDelta().y() / 120.0);
  edited("dolly");
}

void ViewportWidget::keyPressEvent(QKeyEvent* event) {
  constexpr double kTurn = kArrowDegrees / 180;
  if (const auto view = keypadView(*event)) {
    snap(*view);
    return;
  }
  if ((event->key() == Qt::Key_Comma || event->key() == Qt::Key_Period) && !hasLine()) {
    QWidget::keyPressEvent(event);
    return;
  }
  if (event->modifiers() & Qt::ShiftModifier) {
    switch (event->key()) {
      case Qt::Key_Left:
        camera_.pan(-kPanStep, 0);
        return edited("pan keys");
      case Qt::Key_Right:
        camera_.pan(kPanStep, 0);
        return edited("pan keys");
      case Qt::Key_Up:
        camera_.pan(0, -kPanStep);
        return edited("pan keys");
      case Qt::Key_Down:
        camera_.pan(0, kPanStep);
        return edited("pan keys");
      default:
        break;
    }
  }
  switch (event->key()) {
    case Qt::Key_Left:
      camera_.orbit(-kTurn, 0);
      break;
    case Qt::Key_Right:
      camera_.orbit(kTurn, 0);
      break;
    case Qt::Key_Up:
      camera_.orbit(0, -kTurn);
      break;
    case Qt::Key_Down:
      camera_.orbit(0, kTurn);
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      camera_.dolly(1);
      break;
    case Qt::Key_Minus:
      camera_.dolly(-1);
      break;
    case kPreviousKey:
      released_.stop();
      showPrevious(true);
      return;
    case Qt::Key_Comma:
      setLine(look_.line - kLineStep);
      return;
    case Qt::Key_Period:
      setLine(look_.line + kLineStep);
      return;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  edited("keys");
}

void ViewportWidget::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == kPreviousKey) {
    released_.start();  // a repeated key is released, too, and not always said to be repeated
  } else {
    QWidget::keyReleaseEvent(event);
  }
}

// A key that is released elsewhere is never heard of.
void ViewportWidget::focusOutEvent(QFocusEvent* event) {
  released_.stop();
  showPrevious(false);
  QWidget::focusOutEvent(event);
}

}  // namespace panohead::ui
