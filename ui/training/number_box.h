#pragma once

#include <QDoubleSpinBox>

namespace panohead::ui {

/// A spin box for numbers of any size: shows the shortest text that means the value (0.0015, not 0.00), and
/// steps in proportion to it.
class NumberBox final : public QDoubleSpinBox {
 public:
  /// @param whole only whole numbers, exact up to 2^53
  NumberBox(double low, double high, bool whole);

  QString textFromValue(double value) const override;
  double valueFromText(const QString& text) const override;
  QValidator::State validate(QString& text, int& position) const override;
  void stepBy(int steps) override;

 private:
  bool whole_;
};

}  // namespace panohead::ui
