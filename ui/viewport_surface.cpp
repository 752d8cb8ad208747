#include "ui/viewport_surface.h"

#include "ui/opengl_probe.h"

#include <utility>

namespace panohead::ui {

ViewportSurface* makeViewportSurface(QWidget* parent, ViewportSurface::Callbacks callbacks) {
  const QByteArray wanted = qgetenv("PANOHEAD_VIEWPORT");
  const bool threaded = wanted == "threaded" || (wanted != "direct" && openGlProbe().software);
  return threaded ? makeThreadedSurface(parent, std::move(callbacks))
                  : makeDirectSurface(parent, std::move(callbacks));
}

}  // namespace panohead::ui
