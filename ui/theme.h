#pragma once

class QApplication;

namespace panohead::ui {

/// The dark look of the whole program.
void applyTheme(QApplication& application);

}  // namespace panohead::ui
