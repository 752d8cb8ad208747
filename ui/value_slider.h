#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QSlider;

namespace panohead::ui {

/// A number between two others: a slider for the hand, a box for the keyboard. A double click on the slider
/// brings back the number it began with.
class ValueSlider final : public QWidget {
  Q_OBJECT

 public:
  struct Range {
    double low = 0, high = 1;
    double step = 0.01;
    int decimals = 2;
    double usual = 0;  // what a double click brings back
  };
  /// The slider is called `name` + "Slider", the box `name`.
  ValueSlider(const QString& name,
              const QString& title,
              const QString& help,
              const Range& range,
              QWidget* parent = nullptr);

  double value() const;
  /// Says nothing.
  void setValue(double value);
  void setSuffix(const QString& suffix);

 signals:
  void edited(double value);
  void released();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  int toSlider(double value) const;

  Range range_;
  QSlider* slider_;
  QDoubleSpinBox* box_;
};

}  // namespace panohead::ui
