#pragma once

#include <QObject>

namespace panohead::ui {

/// The wheel changes no box, list or slider that nobody clicked: it goes on to what scrolls around it.
/// Without this, scrolling a column changes whatever control passes under the mouse. One for the whole
/// program.
class WheelGuard final : public QObject {
  Q_OBJECT

 public:
  explicit WheelGuard(QObject* parent);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace panohead::ui
