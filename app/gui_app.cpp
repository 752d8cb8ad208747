#include "app/gui_app.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/session/studio.h"
#include "ui/main_window.h"
#include "ui/opengl_probe.h"
#include "ui/places.h"
#include "ui/theme.h"
#include "ui/viewport_widget.h"

#include <QApplication>
#include <QIcon>
#include <QLoggingCategory>
#include <QSurfaceFormat>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace panohead::app {
namespace {

/// QT_LOGGING_RULES="panohead.start=true" tells on standard error when the first pictures are there.
Q_LOGGING_CATEGORY(start, "panohead.start", QtWarningMsg)

constexpr char kHint[] = "the command line works without: panohead-studio render --help";

/// Qt aborts the process when it finds no display; a message and exit code 1 are kinder.
void dieWithoutDisplay(QtMsgType type, const QMessageLogContext&, const QString& message) {
  if (type == QtFatalMsg) {
    QString cause = message.simplified();
    cause.remove("Reinstalling the application may fix this problem. ");  // it does not
    fmt::print(
        stderr, "panohead-studio: no display to open a window on\n  {}\n  {}\n", kHint, cause.toStdString());
    std::_Exit(EXIT_FAILURE);
  }
}

/// Throws DeviceError unless this display gives an OpenGL 4.1 core context.
void requireOpenGl() {
  const ui::OpenGlProbe& found = ui::openGlProbe();
  if (!found.there) {
    throw DeviceError("this display offers no OpenGL, which the window needs", kHint);
  }
  if (std::pair(found.major, found.minor) < std::pair(4, 1)) {
    throw DeviceError(
        fmt::format("the window needs OpenGL 4.1, this display offers {}.{}", found.major, found.minor),
        fmt::format("update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1; {}", kHint));
  }
}

/// Says when the first frame, and the first refined one, have been drawn.
void tellFirstFrames(const ui::MainWindow& window) {
  const auto* viewport = window.findChild<ui::ViewportWidget*>("viewport");
  auto* told = new QObject(viewport->parent());  // its end is the end of the telling
  QObject::connect(viewport, &ui::ViewportWidget::presented, told, [viewport, told, first = true]() mutable {
    if (viewport->frame().picture.empty()) {
      return;
    }
    if (std::exchange(first, false)) {
      qCDebug(start) << "first frame";
    }
    if (viewport->frame().refined) {
      qCDebug(start) << "first refined frame";
      told->deleteLater();
    }
  });
}

QSurfaceFormat surfaceFormat() {
  QSurfaceFormat format;
  format.setVersion(4, 1);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setSwapInterval(0);  // the window's thread never waits for the screen
  return format;
}

}  // namespace

int runGui(const GuiArguments& arguments) {
  ui::keepLibrariesPortable();
  static char name[] = "panohead-studio";
  static char* argv[] = {name, nullptr};
  static int argc = 1;  // QApplication keeps references to both
  QSurfaceFormat::setDefaultFormat(surfaceFormat());
  const QtMessageHandler usual = qInstallMessageHandler(dieWithoutDisplay);
  QApplication application(argc, argv);
  qInstallMessageHandler(usual);
  QApplication::setWindowIcon(QIcon(":/icons/panohead-studio.png"));
  QApplication::setDesktopFileName("org.panohead_studio.Studio");  // by this name Wayland finds the icon
  requireOpenGl();
  ui::applyTheme(application);

  ui::MainWindow window;
  window.setDevice(arguments.device);
  if (start().isDebugEnabled()) {
    tellFirstFrames(window);
  }
  window.show();
  try {
    window.open(arguments.model.empty() ? defaultModelPath() : arguments.model);
    window.offerRecovery();
  } catch (const Error& error) {
    window.showError(error);
  }
  return QApplication::exec();
}

}  // namespace panohead::app
