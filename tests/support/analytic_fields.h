#pragma once

#include "core/base/density_field.h"

#include <glm/common.hpp>
#include <glm/geometric.hpp>

#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace panohead::test {

/// A density by formula that changes by at most `slope` for a step of length one: its bounds follow from its
/// value at a box's middle.
class FormulaField final : public DensityField {
 public:
  using Formula = std::function<float(const glm::vec3&)>;
  FormulaField(Formula formula, float slope) : formula_(std::move(formula)), slope_(slope) {}

  void densities(std::span<const glm::vec3> points, std::span<float> values) const override {
    for (std::size_t i = 0; i < points.size(); ++i) {
      values[i] = formula_(points[i]);
    }
    sampled += static_cast<std::int64_t>(points.size());
  }
  void bounds(std::span<const FieldBox> boxes, std::span<DensityRange> ranges) const override {
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const float middle = formula_((boxes[i].low + boxes[i].high) * 0.5F);
      const float reach = glm::distance(boxes[i].low, boxes[i].high) * 0.5F * slope_ * 1.001F;
      ranges[i] = {middle - reach, middle + reach};
    }
  }
  float half() const noexcept override { return 0.5F; }

  mutable std::atomic<std::int64_t> sampled = 0;

 private:
  Formula formula_;
  float slope_;
};

/// The same field without bounds: everything is sampled.
class UnboundedField final : public DensityField {
 public:
  explicit UnboundedField(const DensityField& field) : field_(field) {}
  void densities(std::span<const glm::vec3> points, std::span<float> values) const override {
    field_.densities(points, values);
  }
  void bounds(std::span<const FieldBox>, std::span<DensityRange> ranges) const override {
    for (DensityRange& range : ranges) {
      range = {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
    }
  }
  float half() const noexcept override { return field_.half(); }

 private:
  const DensityField& field_;
};

inline FormulaField sphereField(float radius, glm::vec3 centre = glm::vec3(0)) {
  return {[=](const glm::vec3& p) { return 10 + 100 * (radius - glm::distance(p, centre)); }, 100};
}

/// A torus around the y axis.
inline FormulaField torusField(float ring, float tube) {
  return {[=](const glm::vec3& p) {
            const float away = std::sqrt(p.x * p.x + p.z * p.z) - ring;
            return 10 + 100 * (tube - std::sqrt(away * away + p.y * p.y));
          },
          100};
}

}  // namespace panohead::test
