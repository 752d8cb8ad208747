#pragma once

#include "core/session/studio.h"

#include <QGroupBox>

class QLabel;
class QPushButton;

namespace panohead::ui {

/// Which model is open, and the button that opens another.
class ModelPanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit ModelPanel(QWidget* parent = nullptr);
  void show(const ModelInfo& info);

 signals:
  void openRequested();
  void passportRequested();

 private:
  QLabel* name_;
  QLabel* facts_;
  QPushButton* passport_;
};

}  // namespace panohead::ui
