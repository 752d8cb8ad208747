#pragma once

#include "core/base/error.h"
#include "ui/viewport_scene.h"

#include <QImage>
#include <QWidget>

#include <functional>

namespace panohead::ui {

/// Where scenes become pixels of the window. There are two: a graphics card draws within the window
/// (QOpenGLWidget); a software driver draws on a thread of its own, for it and the composition of the window
/// would else take the window's thread for 10 to 20 ms with each picture.
class ViewportSurface {
 public:
  struct Callbacks {
    std::function<ViewportScene()> scene{};      // what to show now
    std::function<void()> presenting{};          // the driver begins to draw the window
    std::function<void()> presented{};           // a new picture is in the window
    std::function<void(const Error&)> failed{};  // may come from within a paint
  };

  virtual ~ViewportSurface() = default;
  virtual QWidget& widget() = 0;
  /// Shows the scene soon.
  virtual void refresh() = 0;
  /// The scene as it is now; waits for it to be drawn. Pixels of the framebuffer.
  virtual QImage grab() = 0;
};

/// A child of `parent`, which owns it, for the driver at hand (openGlProbe()). PANOHEAD_VIEWPORT=direct or
/// threaded in the environment overrules.
ViewportSurface* makeViewportSurface(QWidget* parent, ViewportSurface::Callbacks callbacks);

/// The two; see above.
ViewportSurface* makeDirectSurface(QWidget* parent, ViewportSurface::Callbacks callbacks);
ViewportSurface* makeThreadedSurface(QWidget* parent, ViewportSurface::Callbacks callbacks);

}  // namespace panohead::ui
