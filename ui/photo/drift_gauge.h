#pragma once

#include <QWidget>

namespace panohead::ui {

/// How far tuning has changed the views that no photo shows: a bar that turns from green to red, with a mark
/// where tuning ends.
class DriftGauge final : public QWidget {
  Q_OBJECT

 public:
  explicit DriftGauge(QWidget* parent = nullptr);

  /// @param drift mean change of the side views, 0..1; negative: not measured yet
  /// @param limit where tuning ends; 0: nowhere
  void setDrift(double drift, double limit);
  double drift() const noexcept { return drift_; }
  QString text() const;
  QSize sizeHint() const override { return {200, 22}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double drift_ = -1;
  double limit_ = 0;
};

}  // namespace panohead::ui
