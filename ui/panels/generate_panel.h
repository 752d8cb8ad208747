#pragma once

#include "core/session/studio.h"

#include <QGroupBox>

class QDoubleSpinBox;
class QSlider;
class QSpinBox;

namespace panohead::ui {

class SeedBox;

/// Which head: seed and truncation.
class GeneratePanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit GeneratePanel(QWidget* parent = nullptr);

  /// Writes what the controls say into the options.
  void apply(HeadOptions& options) const;

  void nextSeed();
  void previousSeed();
  void randomSeed();

 signals:
  void edited();

 private:
  SeedBox* seed_;
  QSlider* psi_slider_;
  QDoubleSpinBox* psi_;
  QSpinBox* cutoff_;
};

}  // namespace panohead::ui
