#pragma once

#include <QProgressBar>

namespace panohead::ui {

/// QProgressBar::setValue repaints the whole window before it returns; here it is drawn with the next
/// picture.
inline void setProgress(QProgressBar& bar, int value) {
  if (bar.value() != value) {
    bar.setUpdatesEnabled(false);
    bar.setValue(value);
    bar.setUpdatesEnabled(true);
  }
}

}  // namespace panohead::ui
