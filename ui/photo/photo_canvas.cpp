#include "ui/photo/photo_canvas.h"

#include "ui/photo/landmark_names.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kReach = 9;  // logical pixels: size of handles
constexpr double kMostZoom = 32;
constexpr double kMargin = 12;
constexpr double kSmallestBrush = 0.5, kLargestBrush = 25;  // percent of the square's side

QRectF aroundSquare(const AlignedSquare& square) {
  return squareOutline(square).boundingRect().adjusted(
      -0.12 * square.side, -0.18 * square.side, 0.12 * square.side, 0.12 * square.side);
}

}  // namespace

PhotoCanvas::PhotoCanvas(QWidget* parent) : QWidget(parent) {
  setObjectName("photoCanvas");
  setAccessibleName(tr("Photo with the square of the head"));
  setAccessibleDescription(keysHelp());
  setToolTip(tr("Drag the square, its corners and its knob; click another frame to choose that head"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setMinimumSize(200, 160);
}

QString PhotoCanvas::keysHelp() {
  return tr(
      "Arrows move the square (Shift: further), Ctrl+Up and Ctrl+Down resize it, Ctrl+Left and "
      "Ctrl+Right turn it, N chooses the next head. P, B, L and S choose the person brush, the background "
      "brush, the landmarks of the face and the square; with a brush, arrows move it, Space paints, [ and ] "
      "change its size; with landmarks, Page Up and Page Down choose one, arrows move it (Shift: further). "
      "Backspace or Ctrl+Z takes the last stroke, landmark or change of the square back. + and \u2212 zoom, "
      "Alt+arrows pan, 0 shows the photo, 1 the square.");
}

void PhotoCanvas::setPhoto(const ShownPhoto& photo) {
  photo_ = photo;
  heads_.clear();
  chosen_ = -1;
  landmarks_.clear();
  tint_ = {};
  held_ = SquareHandle::None;
  moves_landmark_ = false;
  panning_ = false;
  stroke_.reset();
  brush_at_.reset();
  fitPhoto();
}

void PhotoCanvas::setHeads(std::vector<AlignedSquare> heads, int chosen) {
  heads_ = std::move(heads);
  chosen_ = chosen;
  update();
}

void PhotoCanvas::setSquare(const AlignedSquare& square) {
  square_ = square;
  if (view_ == View::Photo && !isHeld()) {
    fitPhoto();
  }
  update();
}

void PhotoCanvas::setLandmarks(Points points) {
  landmarks_ = std::move(points);
  update();
}

void PhotoCanvas::setLandmark(int handle) {
  landmark_ = std::clamp(handle, 0, static_cast<int>(kFaceHandles.size()) - 1);
  setAccessibleDescription(tool_ == Tool::Landmarks
                               ? tr("Landmark: %1. %2").arg(landmarkName(landmark_), keysHelp())
                               : keysHelp());
  update();
}

void PhotoCanvas::chooseLandmark(int handle) {
  if (handle != landmark_) {
    setLandmark(handle);
    emit landmarkChosen(landmark_);
  }
}

QPointF PhotoCanvas::landmarkAt(int handle) const {
  const auto& point = landmarks_[static_cast<std::size_t>(kFaceHandles[static_cast<std::size_t>(handle)])];
  return {point[0], point[1]};
}

int PhotoCanvas::landmarkUnder(const QPointF& photo) const {
  int nearest = -1;
  double least = 1.3 * reach();
  for (int i = 0; i < static_cast<int>(kFaceHandles.size()) && !landmarks_.empty(); ++i) {
    const double distance = QLineF(landmarkAt(i), photo).length();
    if (distance <= least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

bool PhotoCanvas::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip && tool_ == Tool::Landmarks) {
    const auto& help = static_cast<const QHelpEvent&>(*event);
    if (const int under = landmarkUnder(toPhoto(help.pos())); under >= 0) {
      QToolTip::showText(help.globalPos(), landmarkName(under), this);
      return true;
    }
  }
  if (event->type() == QEvent::ShortcutOverride) {  // here they are not the window's
    const auto& key = static_cast<const QKeyEvent&>(*event);
    const bool undo = !photo_.isNull() && key.matches(QKeySequence::Undo);
    const bool page = key.key() == Qt::Key_PageUp || key.key() == Qt::Key_PageDown;
    if (undo || (page && tool_ == Tool::Landmarks)) {
      event->accept();
      return true;
    }
  }
  return QWidget::event(event);
}

void PhotoCanvas::setMask(const Image& mask, const AlignedSquare& square) {
  tint_square_ = square;
  tint_ = mask.empty() ? QImage() : QImage(mask.width, mask.height, QImage::Format_ARGB32_Premultiplied);
  constexpr int kStrength = 110;  // alpha of the tint of 255
  for (int y = 0; y < tint_.height(); ++y) {
    const std::uint8_t* from = mask.row(y);
    auto* to = reinterpret_cast<QRgb*>(tint_.scanLine(y));
    for (int x = 0; x < tint_.width(); ++x) {
      const int alpha = from[x] * kStrength / 255;
      to[x] = qRgba(0x2c * alpha / 255, 0xb4 * alpha / 255, 0xff * alpha / 255, alpha);
    }
  }
  update();
}

void PhotoCanvas::setTool(Tool tool) {
  tool_ = tool;
  setLandmark(landmark_);
  moves_landmark_ = false;
  brush_at_.reset();
  unsetCursor();
  update();
}

void PhotoCanvas::setBrush(double percent) {
  brush_ = std::clamp(percent, kSmallestBrush, kLargestBrush);
  update();
}

double PhotoCanvas::reach() const { return kReach / zoom_; }

void PhotoCanvas::fitRect(const QRectF& photo) {
  const QRectF room = QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin);
  if (photo.isEmpty() || room.isEmpty()) {
    return;
  }
  zoom_ = std::min({room.width() / photo.width(), room.height() / photo.height(), kMostZoom});
  offset_ = room.center() - photo.center() * zoom_;
  update();
}

void PhotoCanvas::fitPhoto() {
  view_ = View::Photo;
  const QRectF photo(QPointF(), photo_.size);
  const QRectF all = photo | squareOutline(square_).boundingRect();
  fitRect(photo.isEmpty() ? photo : all);
  if (square_.side > 0 && !photo.isEmpty()) {  // how far off the knob is in the photo depends on the zoom
    const QPointF knob = turnKnob(square_, reach());
    fitRect(all | QRectF(knob, knob).adjusted(-reach(), -reach(), reach(), reach()));
  }
}

void PhotoCanvas::fitSquare() {
  view_ = View::Square;
  fitRect(aroundSquare(square_));
}

void PhotoCanvas::zoomBy(double factor) { zoomAt(QRectF(rect()).center(), factor); }

void PhotoCanvas::zoomAt(const QPointF& widget, double factor) {
  if (photo_.isNull()) {
    return;
  }
  const QPointF fixed = toPhoto(widget);
  const double least = 0.2 * std::min(width() / std::max(1.0, double(photo_.size.width())),
                                      height() / std::max(1.0, double(photo_.size.height())));
  zoom_ = std::clamp(zoom_ * factor, std::min(least, 1.0), kMostZoom);
  offset_ = widget - fixed * zoom_;
  view_ = View::Free;
  update();
}

void PhotoCanvas::resizeEvent(QResizeEvent*) {
  if (isHeld()) {
    return;
  }
  if (view_ == View::Photo) {
    fitPhoto();
  } else if (view_ == View::Square) {
    fitSquare();
  }
}

void PhotoCanvas::edit(const AlignedSquare& square, bool begins) {
  square_ = square;
  update();
  emit squareEdited(square, begins);
}

void PhotoCanvas::mousePressEvent(QMouseEvent* event) {
  if (photo_.isNull()) {
    return;
  }
  const QPointF at = toPhoto(event->position());
  if (event->button() == Qt::MiddleButton) {
    panning_ = true;
    from_ = event->position();
    return;
  }
  if (isPainting() && (event->button() == Qt::LeftButton || event->button() == Qt::RightButton)) {
    const bool person = (tool_ == Tool::Person) == (event->button() == Qt::LeftButton);
    stroke_ = MaskStroke{{{at.x(), at.y()}}, brushRadius(), person};
    update();
    return;
  }
  if (event->button() != Qt::LeftButton) {
    return;
  }
  if (tool_ == Tool::Landmarks) {
    const int under = landmarkUnder(at);
    moves_landmark_ = begins_ = under >= 0;
    panning_ = !moves_landmark_;
    if (moves_landmark_) {
      chooseLandmark(under);
      from_ = landmarkAt(under) - at;
    } else {
      from_ = event->position();
    }
    return;
  }
  held_ = handleAt(square_, at, reach());
  before_ = square_;
  begins_ = true;
  from_ = at;
  if (held_ == SquareHandle::None) {
    for (int i = 0; i < static_cast<int>(heads_.size()); ++i) {
      if (i != chosen_ && isInside(heads_[static_cast<std::size_t>(i)], at)) {
        emit headChosen(i);
        return;
      }
    }
    panning_ = true;
    from_ = event->position();
  }
}

void PhotoCanvas::mouseMoveEvent(QMouseEvent* event) {
  const QPointF at = toPhoto(event->position());
  if (panning_) {
    offset_ += event->position() - from_;
    from_ = event->position();
    view_ = View::Free;
    update();
  } else if (stroke_) {
    stroke_->points.push_back({at.x(), at.y()});
    showCursor(at);
  } else if (moves_landmark_) {
    emit landmarkMoved(landmark_, at + from_, std::exchange(begins_, false));
  } else if (tool_ == Tool::Landmarks) {
    landmarkUnder(at) >= 0 ? setCursor(Qt::SizeAllCursor) : unsetCursor();
  } else if (held_ != SquareHandle::None) {
    edit(dragged(before_, held_, from_, at), std::exchange(begins_, false));
  } else if (isPainting()) {
    showCursor(at);
  } else {
    switch (handleAt(square_, at, reach())) {
      case SquareHandle::Inside:
        setCursor(Qt::SizeAllCursor);
        break;
      case SquareHandle::Corner: {
        const bool falling = (at.x() > square_.x) == (at.y() > square_.y);
        setCursor(falling ? Qt::SizeFDiagCursor : Qt::SizeBDiagCursor);
        break;
      }
      case SquareHandle::Turn:
        setCursor(Qt::PointingHandCursor);
        break;
      case SquareHandle::None:
        unsetCursor();
    }
  }
}

void PhotoCanvas::mouseReleaseEvent(QMouseEvent*) {
  if (stroke_) {
    const MaskStroke stroke = *stroke_;
    stroke_.reset();
    update();
    emit strokePainted(stroke);
  }
  held_ = SquareHandle::None;
  moves_landmark_ = false;
  panning_ = false;
  if (view_ == View::Photo) {
    fitPhoto();  // the square may have been dragged to where its handles are out of sight
  }
}

void PhotoCanvas::wheelEvent(QWheelEvent* event) {
  zoomAt(event->position(), std::pow(1.0015, event->angleDelta().y()));
  event->accept();
}

void PhotoCanvas::showCursor(const QPointF& photo) {
  brush_at_ = photo;
  update();
}

void PhotoCanvas::leaveEvent(QEvent*) {
  brush_at_.reset();
  update();
}

void PhotoCanvas::dab(bool person) {
  if (brush_at_) {
    emit strokePainted(MaskStroke{{{brush_at_->x(), brush_at_->y()}}, brushRadius(), person});
  }
}

bool PhotoCanvas::squareKey(const QKeyEvent& event) {
  const bool control = event.modifiers() & Qt::ControlModifier;
  const double pixels = (event.modifiers() & Qt::ShiftModifier ? 12 : 1) / std::min(zoom_, 4.0);
  AlignedSquare moved = square_;
  const int x = (event.key() == Qt::Key_Right) - (event.key() == Qt::Key_Left);
  const int y = (event.key() == Qt::Key_Down) - (event.key() == Qt::Key_Up);
  if (x == 0 && y == 0) {
    return false;
  }
  if (control) {
    moved.roll_degrees = std::remainder(moved.roll_degrees + x, 360.0);
    moved.side = std::max(8.0, moved.side * std::pow(1.02, -y));
  } else {
    moved.x += x * pixels;
    moved.y += y * pixels;
  }
  edit(moved, !event.isAutoRepeat());
  return true;
}

bool PhotoCanvas::landmarkKey(const QKeyEvent& event) {
  const int count = static_cast<int>(kFaceHandles.size());
  if (event.key() == Qt::Key_PageDown || event.key() == Qt::Key_PageUp) {
    chooseLandmark((landmark_ + (event.key() == Qt::Key_PageDown ? 1 : count - 1)) % count);
    return true;
  }
  const int x = (event.key() == Qt::Key_Right) - (event.key() == Qt::Key_Left);
  const int y = (event.key() == Qt::Key_Down) - (event.key() == Qt::Key_Up);
  if (x == 0 && y == 0) {
    return false;
  }
  if (!landmarks_.empty()) {
    const double pixels = (event.modifiers() & Qt::ShiftModifier ? 12 : 1) / std::min(zoom_, 4.0);
    emit landmarkMoved(landmark_, landmarkAt(landmark_) + pixels * QPointF(x, y), !event.isAutoRepeat());
  }
  return true;
}

bool PhotoCanvas::brushKey(const QKeyEvent& event) {
  const double step = std::max(1.0, (event.modifiers() & Qt::ShiftModifier ? 0.1 : 0.02) * square_.side);
  switch (event.key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down: {
      QPointF at = brush_at_.value_or(QPointF(square_.x, square_.y));
      at.rx() += step * ((event.key() == Qt::Key_Right) - (event.key() == Qt::Key_Left));
      at.ry() += step * ((event.key() == Qt::Key_Down) - (event.key() == Qt::Key_Up));
      showCursor(at);
      return true;
    }
    case Qt::Key_Space:
      if (!brush_at_) {
        showCursor(QPointF(square_.x, square_.y));
      }
      dab(tool_ == Tool::Person);
      return true;
    case Qt::Key_BracketLeft:
    case Qt::Key_BracketRight:
      setBrush(brush_ * (event.key() == Qt::Key_BracketLeft ? 1 / 1.25 : 1.25));
      emit brushEdited(brush_);
      return true;
    default:
      return false;
  }
}

void PhotoCanvas::keyPressEvent(QKeyEvent* event) {
  if (photo_.isNull()) {
    QWidget::keyPressEvent(event);
    return;
  }
  constexpr double kPan = 30;  // logical pixels
  const bool alt = event->modifiers() & Qt::AltModifier;
  const int x = (event->key() == Qt::Key_Right) - (event->key() == Qt::Key_Left);
  const int y = (event->key() == Qt::Key_Down) - (event->key() == Qt::Key_Up);
  if (alt && (x != 0 || y != 0)) {
    offset_ -= QPointF(x, y) * kPan;
    view_ = View::Free;
    update();
    return;
  }
  const bool taken = isPainting()               ? brushKey(*event)
                     : tool_ == Tool::Landmarks ? landmarkKey(*event)
                                                : squareKey(*event);
  if (taken) {
    return;
  }
  if (event->matches(QKeySequence::Undo)) {
    emit undoRequested();
    return;
  }
  const auto choose = [this](Tool tool) {
    setTool(tool);
    emit toolEdited(tool);
  };
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoomBy(1.25);
    case Qt::Key_Minus:
      return zoomBy(1 / 1.25);
    case Qt::Key_0:
      return fitPhoto();
    case Qt::Key_1:
      return fitSquare();
    case Qt::Key_N:
      if (heads_.size() > 1) {
        emit headChosen((chosen_ + 1) % static_cast<int>(heads_.size()));
      }
      return;
    case Qt::Key_P:
      return choose(Tool::Person);
    case Qt::Key_B:
      return choose(Tool::Background);
    case Qt::Key_L:
      return choose(Tool::Landmarks);
    case Qt::Key_S:
      return choose(Tool::Square);
    case Qt::Key_Backspace:
      emit undoRequested();
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace panohead::ui
