#pragma once

#include <QObject>

namespace panohead::ui {

/// Undo and redo are the window's where a field has nothing to undo itself: Qt's fields keep the keys for
/// themselves although nothing happens then. One for the whole program.
class UndoGuard final : public QObject {
  Q_OBJECT

 public:
  explicit UndoGuard(QObject* parent);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace panohead::ui
