#include "ui/wheel_guard.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QSlider>

namespace panohead::ui {
namespace {

bool isControl(const QWidget* widget) {
  return qobject_cast<const QAbstractSpinBox*>(widget) != nullptr ||
         qobject_cast<const QComboBox*>(widget) != nullptr || qobject_cast<const QSlider*>(widget) != nullptr;
}

}  // namespace

WheelGuard::WheelGuard(QObject* parent) : QObject(parent) { qApp->installEventFilter(this); }

bool WheelGuard::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::Wheel && event->type() != QEvent::Show) {
    return false;
  }
  auto* widget = qobject_cast<QWidget*>(watched);
  if (widget == nullptr || !isControl(widget)) {
    return false;
  }
  if (event->type() == QEvent::Show) {
    if (widget->focusPolicy() == Qt::WheelFocus) {  // else the wheel itself would be the click
      widget->setFocusPolicy(Qt::StrongFocus);
    }
    return false;
  }
  if (widget->hasFocus()) {
    return false;
  }
  event->ignore();  // Qt offers it to the parents
  return true;
}

}  // namespace panohead::ui
