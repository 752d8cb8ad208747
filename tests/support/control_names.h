#pragma once

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QScrollBar>
#include <QTabBar>
#include <gtest/gtest.h>

namespace panohead::test {

/// Expects a name, a tool tip and an accessible name of every control inside. @return how many there are
inline int expectNamedControls(const QWidget& parent) {
  int controls = 0;
  for (const QWidget* widget : parent.findChildren<QWidget*>()) {
    const bool is_control =
        qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
        qobject_cast<const QAbstractSlider*>(widget) || qobject_cast<const QComboBox*>(widget);
    const bool is_part = qobject_cast<const QScrollBar*>(widget) || widget->objectName().startsWith("qt_") ||
                         qobject_cast<const QTabBar*>(widget->parentWidget()) ||
                         widget->inherits("QLineEditIconButton");  // Qt's own
    if (!is_control || is_part) {
      continue;
    }
    ++controls;
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    EXPECT_FALSE(widget->objectName().isEmpty()) << widget->metaObject()->className();
    EXPECT_FALSE(widget->toolTip().isEmpty()) << widget->objectName().toStdString();
    EXPECT_TRUE(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()))
        << widget->objectName().toStdString();
  }
  return controls;
}

}  // namespace panohead::test
