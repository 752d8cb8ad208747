#include "ui/seed_box.h"

#include <limits>

namespace panohead::ui {

SeedBox::SeedBox(QWidget* parent) : QDoubleSpinBox(parent) {
  setDecimals(0);
  setRange(0, std::numeric_limits<std::uint32_t>::max());
  setKeyboardTracking(false);
}

}  // namespace panohead::ui
