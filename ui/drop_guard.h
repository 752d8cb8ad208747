#pragma once

#include <QObject>

namespace panohead::ui {

/// Files that are dropped on a field of text do not become its text: they go on to what is around it, which
/// opens them. One for the whole program.
class DropGuard final : public QObject {
  Q_OBJECT

 public:
  explicit DropGuard(QObject* parent);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace panohead::ui
