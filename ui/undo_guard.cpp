#include "ui/undo_guard.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>

namespace panohead::ui {
namespace {

const QLineEdit* lineOf(const QObject* object) {
  if (qobject_cast<const QAbstractSpinBox*>(object) != nullptr) {
    return object->findChild<QLineEdit*>(QString(), Qt::FindDirectChildrenOnly);
  }
  return qobject_cast<const QLineEdit*>(object);
}

}  // namespace

UndoGuard::UndoGuard(QObject* parent) : QObject(parent) { qApp->installEventFilter(this); }

bool UndoGuard::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride) {
    return false;
  }
  const auto* key = static_cast<QKeyEvent*>(event);
  const bool undo = key->matches(QKeySequence::Undo), redo = key->matches(QKeySequence::Redo);
  const QLineEdit* line = undo || redo ? lineOf(watched) : nullptr;
  if (line == nullptr || (undo ? line->isUndoAvailable() : line->isRedoAvailable())) {
    return false;
  }
  event->ignore();
  return true;
}

}  // namespace panohead::ui
