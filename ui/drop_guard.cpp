#include "ui/drop_guard.h"

#include <QApplication>
#include <QDragEnterEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QTextEdit>

namespace panohead::ui {
namespace {

bool isTextField(const QObject* object) {
  const QObject* around = object->parent();  // of what scrolls
  return qobject_cast<const QLineEdit*>(object) != nullptr ||
         qobject_cast<const QPlainTextEdit*>(around) != nullptr ||
         qobject_cast<const QTextEdit*>(around) != nullptr;
}

}  // namespace

DropGuard::DropGuard(QObject* parent) : QObject(parent) { qApp->installEventFilter(this); }

// Who accepts the drag gets the drop, too.
bool DropGuard::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::DragEnter || !isTextField(watched) ||
      !static_cast<QDragEnterEvent*>(event)->mimeData()->hasUrls()) {
    return false;
  }
  event->ignore();  // Qt offers it to the parents
  return true;
}

}  // namespace panohead::ui
