#pragma once

#include <QPushButton>
#include <QString>

namespace panohead::ui {

/// @param name of the object, for tests and style sheets
inline QPushButton* makeButton(const QString& text, const QString& name, const QString& help) {
  auto* made = new QPushButton(text);
  made->setObjectName(name);
  made->setToolTip(help);
  return made;
}

}  // namespace panohead::ui
