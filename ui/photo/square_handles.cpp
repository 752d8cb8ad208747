#include "ui/photo/square_handles.h"

#include <QLineF>
#include <QtMath>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr double kSmallest = 8;  // pixels of the photo
constexpr double kLargest = 100000;

QPointF centreOf(const AlignedSquare& square) { return {square.x, square.y}; }

double distance(const QPointF& a, const QPointF& b) { return QLineF(a, b).length(); }

/// Clockwise from "up", degrees.
double bearing(const QPointF& from, const QPointF& to) {
  return qRadiansToDegrees(std::atan2(to.x() - from.x(), from.y() - to.y()));
}

}  // namespace

QTransform squareToPhoto(const AlignedSquare& square) {
  return QTransform()
      .translate(square.x, square.y)
      .rotate(square.roll_degrees)
      .scale(square.side, square.side)
      .translate(-0.5, -0.5);
}

QPolygonF squareOutline(const AlignedSquare& square) {
  return squareToPhoto(square).map(QPolygonF({{0, 0}, {1, 0}, {1, 1}, {0, 1}}));
}

QPointF turnKnob(const AlignedSquare& square, double reach) {
  return squareToPhoto(square).map(QPointF(0.5, -2 * reach / square.side));
}

bool isInside(const AlignedSquare& square, const QPointF& point) {
  const QPointF place = squareToPhoto(square).inverted().map(point);
  return place.x() >= 0 && place.x() <= 1 && place.y() >= 0 && place.y() <= 1;
}

SquareHandle handleAt(const AlignedSquare& square, const QPointF& point, double reach) {
  if (distance(turnKnob(square, reach), point) <= reach) {
    return SquareHandle::Turn;
  }
  for (const QPointF& corner : squareOutline(square)) {
    if (distance(corner, point) <= reach) {
      return SquareHandle::Corner;
    }
  }
  return isInside(square, point) ? SquareHandle::Inside : SquareHandle::None;
}

AlignedSquare dragged(const AlignedSquare& square,
                      SquareHandle handle,
                      const QPointF& from,
                      const QPointF& to) {
  AlignedSquare result = square;
  const QPointF centre = centreOf(square);
  switch (handle) {
    case SquareHandle::Inside:
      result.x += to.x() - from.x();
      result.y += to.y() - from.y();
      break;
    case SquareHandle::Corner: {
      const double before = std::max(distance(centre, from), 1.0);
      result.side = std::clamp(square.side * distance(centre, to) / before, kSmallest, kLargest);
      break;
    }
    case SquareHandle::Turn:
      result.roll_degrees =
          std::remainder(square.roll_degrees + bearing(centre, to) - bearing(centre, from), 360.0);
      break;
    case SquareHandle::None:
      break;
  }
  return result;
}

}  // namespace panohead::ui
