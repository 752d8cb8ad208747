#pragma once

#include <QDoubleSpinBox>

#include <cstdint>

namespace panohead::ui {

/// A spin box for seeds: every whole number of 32 bits without sign, which QSpinBox cannot hold.
class SeedBox final : public QDoubleSpinBox {
  Q_OBJECT

 public:
  explicit SeedBox(QWidget* parent = nullptr);

  std::uint32_t seed() const { return static_cast<std::uint32_t>(value()); }
};

}  // namespace panohead::ui
