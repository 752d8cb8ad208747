#include "ui/value_slider.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>
#include <cmath>

namespace panohead::ui {

ValueSlider::ValueSlider(
    const QString& name, const QString& title, const QString& help, const Range& range, QWidget* parent)
    : QWidget(parent), range_(range), slider_(new QSlider(Qt::Horizontal)), box_(new QDoubleSpinBox) {
  slider_->setObjectName(name + "Slider");
  box_->setObjectName(name);
  for (QWidget* part : {static_cast<QWidget*>(slider_), static_cast<QWidget*>(box_)}) {
    part->setAccessibleName(title);
    part->setToolTip(help);
  }
  slider_->setRange(0, static_cast<int>(std::lround((range.high - range.low) / range.step)));
  slider_->setPageStep(std::max(1, slider_->maximum() / 10));
  slider_->installEventFilter(this);
  box_->setRange(range.low, range.high);
  box_->setDecimals(range.decimals);
  box_->setSingleStep(range.step * 5);
  box_->setKeyboardTracking(false);
  setValue(range.usual);

  connect(slider_, &QSlider::valueChanged, this, [this](int place) {
    const double value = range_.low + place * range_.step;
    const QSignalBlocker quiet(box_);
    box_->setValue(value);
    emit edited(value);
  });
  connect(slider_, &QSlider::sliderReleased, this, &ValueSlider::released);
  connect(box_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    const QSignalBlocker quiet(slider_);
    slider_->setValue(toSlider(value));
    emit edited(value);
  });

  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(slider_, 1);
  layout->addWidget(box_);
  setFocusProxy(box_);
}

double ValueSlider::value() const { return box_->value(); }

void ValueSlider::setValue(double value) {
  const QSignalBlocker quiet_slider(slider_), quiet_box(box_);
  slider_->setValue(toSlider(value));
  box_->setValue(value);
}

void ValueSlider::setSuffix(const QString& suffix) { box_->setSuffix(suffix); }

bool ValueSlider::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseButtonDblClick) {
    box_->setValue(range_.usual);
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

int ValueSlider::toSlider(double value) const {
  return static_cast<int>(std::lround((value - range_.low) / range_.step));
}

}  // namespace panohead::ui
