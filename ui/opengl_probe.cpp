#include "ui/opengl_probe.h"

#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QString>

namespace panohead::ui {
namespace {

OpenGlProbe probe() {
  OpenGlProbe result;
  QOffscreenSurface surface;
  surface.create();
  QOpenGLContext context;
  if (!context.create() || !context.makeCurrent(&surface)) {
    return result;
  }
  result.there = true;
  result.major = context.format().majorVersion();
  result.minor = context.format().minorVersion();
  if (const GLubyte* name = context.functions()->glGetString(GL_RENDERER)) {
    result.renderer = reinterpret_cast<const char*>(name);
  }
  const QString renderer = QString::fromStdString(result.renderer).toLower();
  for (const char* const known : {"llvmpipe", "softpipe", "swrast", "swr", "software", "gdi generic"}) {
    result.software = result.software || renderer.contains(known);
  }
  context.doneCurrent();
  return result;
}

}  // namespace

void* openGlFunction(const char* name) {
  return reinterpret_cast<void*>(QOpenGLContext::currentContext()->getProcAddress(name));
}

const OpenGlProbe& openGlProbe() {
  static const OpenGlProbe result = probe();
  return result;
}

}  // namespace panohead::ui
