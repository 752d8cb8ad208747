#pragma once

#include "ui/photo/fit_forecast.h"
#include "ui/photo/fit_run.h"
#include "ui/table_form.h"

#include <QWidget>

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;

namespace panohead::ui {

/// How photos are to be fitted: a preset with what it costs, the background, and every option.
class FitSetup final : public QWidget {
  Q_OBJECT

 public:
  explicit FitSetup(QWidget* parent = nullptr);

  /// Throws OptionError.
  FitWish wish() const;
  /// Shows what was asked for before.
  void setWish(const FitWish& wish);
  void setName(const QString& name);
  void setModel(const ModelInfo& info);
  void setRates(const FitRates& rates, std::size_t photos);
  /// Why it cannot start; empty: it can.
  void setObstacle(const QString& obstacle);

 signals:
  void startRequested();

 private:
  QWidget* makePresets();
  void choosePreset(const QString& name);
  void showForecast();

  QLineEdit* name_;
  QButtonGroup* presets_;
  QComboBox* background_;
  QCheckBox* all_;
  TableForm<FitOptions>* form_;
  QScrollArea* scroll_;
  QLabel *forecast_, *obstacle_;
  QPushButton* start_;
  FitRates rates_;
  std::size_t photos_ = 1;
};

}  // namespace panohead::ui
