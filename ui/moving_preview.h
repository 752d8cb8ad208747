#pragma once

#include "core/jobs/frame_loop.h"
#include "core/session/studio.h"
#include "render/frame_pacer.h"
#include "ui/bridge/job_bridge.h"

#include <QOffscreenSurface>
#include <QString>

#include <memory>

namespace panohead::ui {

class PreviewEngine;

/// Moving frames by OpenGL, where a graphics card draws them better than the processor has time for
/// (render::previewIsBetter()). Heads are copied, uploaded and drawn by a thread of its own, so that neither
/// they nor a driver that compiles hold up the window. After a failure the processor draws alone until
/// another model is opened.
class MovingPreview final {
 public:
  struct Callbacks {
    std::function<void(Frame)> frame{};
    std::function<void(const Error&)> failed{};  // once a model
  };

  /// Null where the driver draws by software, or where something faster than the processor computes.
  /// PANOHEAD_PREVIEW=on in the environment: always there, and draws all frames that it can; off: never.
  static std::unique_ptr<MovingPreview> make(Callbacks callbacks);
  ~MovingPreview();

  /// What is drawn changes in kind: times that were measured tell nothing any more.
  void setKind(const ModelInfo& model, RenderMode mode);
  /// Gives a failed preview another try, and drops what it draws.
  void restart();

  /// Draws the moving frame, at a quality of its own; or not: then the processor must. The first one of a
  /// model goes to waste while drivers compile.
  bool draws(const HeadPtr& head, const ViewOptions& view, const render::FramePacer& processor);

  /// What draws: "OpenGL: Mesa Intel Graphics".
  const QString& device() const noexcept { return device_; }

 private:
  enum class State { Cold, Warming, Warm, Failed };

  MovingPreview(Callbacks callbacks, bool always);
  void submit(const HeadPtr& head, ViewOptions view);
  void show(Frame frame);
  void fail(const Error& error);

  Callbacks callbacks_;
  const bool always_;
  const QString device_;
  State state_ = State::Cold;
  render::FramePacer pacer_;
  QOffscreenSurface surface_;
  std::unique_ptr<PreviewEngine> engine_;  // the worker's alone
  JobBridge bridge_;
  FrameLoop loop_;
};

}  // namespace panohead::ui
