#pragma once

#include "core/vision/person_mask.h"
#include "ui/photo/shown_photo.h"
#include "ui/photo/square_handles.h"

#include <QWidget>

#include <array>
#include <optional>
#include <vector>

namespace panohead::ui {

/// A photo with what was found in it, to be corrected by hand: frames of heads, the aligned square of the
/// chosen one with its handles, landmarks of its face to be put right, and its mask with a brush. All
/// coordinates are pixels of the photo. Wheel and middle drag zoom and pan; keys do everything, too
/// (keysHelp()).
class PhotoCanvas final : public QWidget {
  Q_OBJECT

 public:
  enum class Tool { Square, Landmarks, Person, Background };
  using Points = std::vector<std::array<float, 2>>;

  explicit PhotoCanvas(QWidget* parent = nullptr);

  void setPhoto(const ShownPhoto& photo);
  void setHeads(std::vector<AlignedSquare> heads, int chosen);
  /// Of the chosen head. Says nothing.
  void setSquare(const AlignedSquare& square);
  void setLandmarks(Points points);
  /// Of kFaceHandles, the one that keys move. Says nothing.
  void setLandmark(int handle);
  /// @param mask 1 channel, of the picture cut from `square`; empty: none
  void setMask(const Image& mask, const AlignedSquare& square);
  void setTool(Tool tool);
  /// Radius in percent of the square's side.
  void setBrush(double percent);
  /// Shows all of it, and the handles of the square where that reaches beyond.
  void fitPhoto();
  void fitSquare();
  void zoomBy(double factor);

  const AlignedSquare& square() const noexcept { return square_; }
  Tool tool() const noexcept { return tool_; }
  int landmark() const noexcept { return landmark_; }
  double zoom() const noexcept { return zoom_; }
  /// Where a pixel of the photo is on the widget.
  QPointF toWidget(const QPointF& photo) const { return photo * zoom_ + offset_; }
  QPointF toPhoto(const QPointF& widget) const { return (widget - offset_) / zoom_; }
  QSize sizeHint() const override { return {400, 320}; }
  static QString keysHelp();

 signals:
  void headChosen(int head);
  /// While it is dragged, too. @param begins the first of a drag, or of a key
  void squareEdited(const panohead::AlignedSquare& square, bool begins);
  /// While it is dragged, too. @param begins the first of a drag, or of a key
  void landmarkMoved(int handle, const QPointF& photo, bool begins);
  void landmarkChosen(int handle);
  void strokePainted(const panohead::MaskStroke& stroke);
  void undoRequested();
  void brushEdited(double percent);
  void toolEdited(Tool tool);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  bool isPainting() const noexcept { return tool_ == Tool::Person || tool_ == Tool::Background; }
  double brushRadius() const { return brush_ / 100 * square_.side; }
  double reach() const;
  /// Nothing moves under the hand.
  bool isHeld() const noexcept { return held_ != SquareHandle::None || stroke_ || moves_landmark_; }
  void fitRect(const QRectF& photo);
  void zoomAt(const QPointF& widget, double factor);
  void edit(const AlignedSquare& square, bool begins);
  bool squareKey(const QKeyEvent& event);
  bool brushKey(const QKeyEvent& event);
  bool landmarkKey(const QKeyEvent& event);
  QPointF landmarkAt(int handle) const;
  int landmarkUnder(const QPointF& photo) const;
  void chooseLandmark(int handle);
  void dab(bool person);
  void showCursor(const QPointF& photo);
  void paintPhoto(QPainter& painter) const;
  void paintHeads(QPainter& painter) const;
  void paintSquare(QPainter& painter) const;
  void paintLandmarks(QPainter& painter) const;
  void paintBrush(QPainter& painter) const;

  ShownPhoto photo_;
  std::vector<AlignedSquare> heads_;
  int chosen_ = -1;
  AlignedSquare square_{};
  Points landmarks_;
  int landmark_ = 0;
  QImage tint_;
  AlignedSquare tint_square_{};
  Tool tool_ = Tool::Square;
  double brush_ = 4;
  double zoom_ = 1;
  QPointF offset_;
  enum class View { Photo, Square, Free };
  View view_ = View::Photo;  // what a resize keeps in sight

  SquareHandle held_ = SquareHandle::None;
  bool moves_landmark_ = false;
  bool begins_ = false;  // nothing of this drag has been told
  bool panning_ = false;
  QPointF from_;            // of the drag: the photo, or the widget while panning
  AlignedSquare before_{};  // the drag
  std::optional<MaskStroke> stroke_;
  std::optional<QPointF> brush_at_;  // photo
};

}  // namespace panohead::ui
