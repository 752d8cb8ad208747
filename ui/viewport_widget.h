#pragma once

#include "core/jobs/frame_loop.h"
#include "core/session/studio.h"
#include "render/frame_pacer.h"
#include "render/orbit_camera.h"
#include "ui/bridge/job_bridge.h"
#include "ui/mesh_preview.h"
#include "ui/moving_preview.h"
#include "ui/viewport_surface.h"

#include <QElapsedTimer>
#include <QRect>
#include <QString>
#include <QTimer>
#include <QWidget>

#include <deque>
#include <memory>
#include <utility>

namespace panohead::ui {

/// The picture of the head, and the hands on its camera. Frames are drawn by a worker: coarse ones at
/// a steady rate while something moves, a refined one when it rests. Where a graphics card draws better
/// coarse frames than the processor, it does (MovingPreview). The widget only ever shows the newest frame
/// that is there.
class ViewportWidget final : public QWidget {
  Q_OBJECT

 public:
  explicit ViewportWidget(QWidget* parent = nullptr);
  ~ViewportWidget() override;

  /// Draws this head from now on; the frame of the previous one stays until the first new one.
  void setHead(HeadPtr head);
  void setRenderMode(RenderMode mode);
  /// Shows this view, and tells nobody.
  void setCamera(const OrbitView& view);
  /// Turns around the head at an even speed until it is switched off or the mouse takes over.
  void setTurning(bool turning);
  /// Heads that follow each other within so many milliseconds are one change, as those of a dragged slider.
  void setDragRest(qint64 milliseconds) { drag_rest_ms_ = milliseconds; }
  bool isTurning() const { return turn_.isActive(); }
  /// The head before the last other one, as long as this is on.
  void showPrevious(bool on);
  /// Unlocked, Alt and drag turn the picture; locked, the head stays as upright as it is.
  void setRollLocked(bool locked) { roll_locked_ = locked; }
  void setActualSize(bool actual);
  void setHudVisible(bool visible);
  /// Whether and how the mesh of the head is shown: by the camera of the neural picture.
  void setMeshLook(const render::MeshLook& look);
  const render::MeshLook& meshLook() const noexcept { return look_; }
  MeshPreview& meshPreview() noexcept { return mesh_preview_; }
  void snap(render::Snap direction);
  void resetCamera();

  /// What the viewport draws at rest. renderFrame() of it gives the same picture.
  ViewOptions refinedView() const;
  const OrbitView& camera() const noexcept { return camera_.view(); }
  /// The frame on the screen; empty before the first.
  const Frame& frame() const noexcept { return *frame_; }
  /// Whether the graphics card drew it.
  bool frameIsPreview() const noexcept { return frame_is_preview_; }
  /// What the screen shows of it, HUD and all; waits until it is drawn. Pixels of the framebuffer.
  QImage grabFramebuffer() { return surface_->grab(); }
  /// All that it shows now.
  ViewportScene scene() const;
  /// Where the frame is drawn, in pixels of the framebuffer, row 0 at the top.
  QRect pictureRect() const;
  double framesPerSecond() const;

 signals:
  void frameShown();
  /// The driver draws the window between these two; where it draws beside it, only the second comes.
  void presenting();
  void presented();
  /// The user moved the camera. @param merge of the history: moves of one kind that follow each other
  void cameraEdited(const OrbitView& view, const QString& merge);
  void cameraReleased();
  void turningChanged(bool turning);
  void meshLookChanged();
  /// The graphics card cannot draw moving frames: the processor does. Nothing is lost.
  void previewFailed(const panohead::Error& error);
  /// May come from within a paint: open no dialog before control is back in the event loop.
  void failed(const panohead::Error& error);

 protected:
  bool event(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  /// Something changed that the picture shows: a coarse frame now, a refined one after a rest.
  void moved();
  void edited(const QString& merge);
  void turn();
  void requestFrame(bool refined);
  void showFrame(Frame frame, bool preview);
  /// What drew the frame, as the HUD names it.
  QString device() const;
  /// Pixels on a side of what a refined frame shows; 0 for one.
  int restSide() const;
  render::ViewportState viewportState() const;
  bool onlyMesh() const;
  /// Between picture and mesh.
  bool hasLine() const noexcept { return look_.shown && look_.split; }
  /// Whether the mouse is on the line between picture and mesh.
  bool onLine(const QPointF& mouse) const;
  void setLine(double line);
  void showMesh();

  HeadPtr head_;
  HeadPtr previous_;  // the last one of another identity
  bool shows_previous_ = false;
  RenderMode mode_ = RenderMode::Picture;
  render::OrbitCamera camera_;
  render::FramePacer pacer_{{}};
  bool warm_ = false;     // a model's first frame is slow, and tells nothing about the others
  std::string drawn_by_;  // the newest frame
  bool actual_size_ = false;
  bool hud_visible_ = true;
  bool roll_locked_ = true;

  MeshPreview mesh_preview_;
  render::MeshLook look_;
  QString mesh_state_;  // as the HUD tells it
  bool drags_line_ = false;
  std::deque<std::pair<std::uint64_t, CameraLabel>> asked_;  // cameras of the frames that may still come
  CameraLabel frame_camera_{};                               // of the frame on the screen

  QPointF last_mouse_;
  QTimer rest_;
  QTimer turn_;
  QTimer released_;       // the key of the previous head, unless it comes again at once
  QElapsedTimer turned_;  // since the last step of turning
  QElapsedTimer clock_;
  QElapsedTimer since_head_;  // of another identity
  qint64 drag_rest_ms_ = 900;
  std::deque<qint64> shown_at_;  // ms of clock_ at which the last coarse frames came
  std::uint64_t requests_ = 0;

  std::shared_ptr<const Frame> frame_ = std::make_shared<Frame>();
  bool frame_is_preview_ = false;
  ViewportSurface* surface_;  // a child
  JobBridge bridge_;
  FrameLoop loop_;
  std::unique_ptr<MovingPreview> preview_;  // null: the processor draws all
};

}  // namespace panohead::ui
