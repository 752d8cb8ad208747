#pragma once

#include "core/vision/aligned_square.h"

#include <QPointF>
#include <QPolygonF>
#include <QTransform>

namespace panohead::ui {

/// What of an aligned square the mouse can take hold of.
enum class SquareHandle { None, Inside, Corner, Turn };

/// Unit square (corners 0 and 1, y down) -> photo, pixels.
QTransform squareToPhoto(const AlignedSquare& square);
/// Upper left corner first, clockwise as the head sees it. Pixels of the photo.
QPolygonF squareOutline(const AlignedSquare& square);
/// The knob that turns it, `reach` pixels above the middle of its upper side.
QPointF turnKnob(const AlignedSquare& square, double reach);
bool isInside(const AlignedSquare& square, const QPointF& point);

/// @param reach pixels of the photo that a handle is large, and that the knob stands off
SquareHandle handleAt(const AlignedSquare& square, const QPointF& point, double reach);

/// The square after a handle was dragged. Corners resize it around its centre, where the head's origin is.
AlignedSquare dragged(const AlignedSquare& square,
                      SquareHandle handle,
                      const QPointF& from,
                      const QPointF& to);

}  // namespace panohead::ui
