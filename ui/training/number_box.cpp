#include "ui/training/number_box.h"

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kDecimals = 40;  // more than any option's text: QDoubleSpinBox rounds to so many

}  // namespace

NumberBox::NumberBox(double low, double high, bool whole) : whole_(whole) {
  setLocale(QLocale::c());
  setDecimals(whole ? 0 : kDecimals);
  setRange(low, high);
}

QString NumberBox::textFromValue(double value) const {
  return whole_ ? QString::number(value, 'f', 0)
                : QString::number(value, 'g', QLocale::FloatingPointShortest);
}

double NumberBox::valueFromText(const QString& text) const { return text.trimmed().toDouble(); }

QValidator::State NumberBox::validate(QString& text, int&) const {
  const QString trimmed = text.trimmed();
  bool is_number = false;
  const double value = trimmed.toDouble(&is_number);
  if (is_number && std::isfinite(value) && (!whole_ || value == std::floor(value))) {
    return value >= minimum() && value <= maximum() ? QValidator::Acceptable : QValidator::Intermediate;
  }
  const bool may_become_one = std::ranges::all_of(trimmed, [this](QChar c) {
    return c.isDigit() || c == '-' || c == '+' || (!whole_ && (c == '.' || c == 'e' || c == 'E'));
  });
  return may_become_one ? QValidator::Intermediate : QValidator::Invalid;
}

void NumberBox::stepBy(int steps) {
  // A tenth of the value's power of ten: 0.0025 -> 0.0026, 25000 -> 26000.
  const double size = std::abs(value());
  double step = size > 0 ? std::pow(10, std::floor(std::log10(size)) - 1) : std::min(0.1, maximum() / 100);
  if (whole_) {
    step = std::max(1.0, std::floor(step));
  }
  const double next = std::round(value() / step + steps) * step;
  setValue(whole_ ? next : QString::number(next, 'g', 12).toDouble());
}

}  // namespace panohead::ui
