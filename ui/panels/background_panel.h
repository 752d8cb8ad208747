#pragma once

#include "core/session/studio.h"

#include <QGroupBox>

class QRadioButton;

namespace panohead::ui {

class SeedBox;

/// What is behind the head: its own background, that of another seed, or nothing.
class BackgroundPanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit BackgroundPanel(QWidget* parent = nullptr);

  /// Writes what the controls say into the options.
  void apply(HeadOptions& options) const;
  /// Fits the controls to a model.
  void setLimits(const ModelInfo& info);

 signals:
  void edited();

 private:
  QRadioButton* own_;
  QRadioButton* other_;
  QRadioButton* none_;
  SeedBox* seed_;
};

}  // namespace panohead::ui
