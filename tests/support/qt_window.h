#pragma once

#include "ui/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QSurfaceFormat>

#include <cstdlib>

namespace panohead::test {

/// A display that windows can be opened on (packaging/test.sh wraps the tests into xvfb-run).
inline bool haveDisplay() { return std::getenv("DISPLAY") != nullptr; }

/// The one QApplication of the test program. It lives until the process ends.
inline QApplication& qtApplication() {
  static QApplication* const application = [] {
    static char name[] = "gui_tests";
    static char* arguments[] = {name, nullptr};
    static int count = 1;
    setenv("QT_QPA_PLATFORM", "xcb", 0);
    QSurfaceFormat format;
    format.setVersion(4, 1);
    format.setProfile(QSurfaceFormat::CoreProfile);
    QSurfaceFormat::setDefaultFormat(format);
    auto* made = new QApplication(count, arguments);
    made->setQuitOnLastWindowClosed(false);
    ui::applyTheme(*made);
    return made;
  }();
  return *application;
}

/// Runs the event loop until the condition holds. @returns false when it does not within `patience_ms`.
template <typename Condition>
bool waitUntil(Condition condition, int patience_ms = 120000) {
  QElapsedTimer clock;
  clock.start();
  while (!condition()) {
    if (clock.elapsed() > patience_ms) {
      return false;
    }
    QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 10);
  }
  return true;
}

}  // namespace panohead::test
