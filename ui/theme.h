#pragma once

class QApplication;

namespace panohead::ui {

/// The dark look of the whole program, and how its controls take the wheel (wheel_guard.h).
void applyTheme(QApplication& application);

}  // namespace panohead::ui
