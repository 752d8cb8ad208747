#pragma once

#include "core/base/image.h"
#include "core/session/studio.h"
#include "render/preview/tri_grid_preview.h"

#include <QOffscreenSurface>
#include <QOpenGLContext>

#include <memory>

namespace panohead::ui {

/// Frames by render/preview, in an OpenGL context of its own. Made, used and destroyed by one thread.
class PreviewEngine {
 public:
  /// Throws DeviceError where there is no OpenGL 4.1. @param surface made by the window's thread; outlives us
  explicit PreviewEngine(QOffscreenSurface& surface);
  ~PreviewEngine();
  PreviewEngine(const PreviewEngine&) = delete;
  PreviewEngine& operator=(const PreviewEngine&) = delete;

  /// The frame that the view asks for, raw, with the stages "head to OpenGL" (where it was not there yet) and
  /// "OpenGL preview". Throws OptionError for a head that the preview cannot draw; DeviceError.
  Frame draw(const HeadPtr& head, const ViewOptions& view);

 private:
  void upload(const HeadPtr& head);

  QOpenGLContext context_;
  render::GlContextPtr functions_;
  std::unique_ptr<render::TriGridPreview> preview_;
  std::weak_ptr<const Head> head_;  // whose numbers the driver has: holds no model that was left
  Image behind_;                    // its backdrop, as PreviewHead has it
  Image behind_resized_;            // of the last frame's size
};

}  // namespace panohead::ui
