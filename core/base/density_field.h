#pragma once

#include <glm/vec3.hpp>

#include <cstdint>
#include <span>

namespace panohead {

/// What a field's density is at least and at most somewhere.
struct DensityRange {
  float least = 0, most = 0;
};

/// An axis-aligned box in world units.
struct FieldBox {
  glm::vec3 low{0}, high{0};
};

/// A density in space that surfaces are cut from. Implementations are immutable and may be called from any
/// thread.
class DensityField {
 public:
  virtual ~DensityField() = default;

  /// Raw density at world points. A point's value does not depend on which others are asked for with it.
  virtual void densities(std::span<const glm::vec3> points, std::span<float> values) const = 0;

  /// For each box a range that holds every value that densities() gives inside of it, its faces included:
  /// what lies outside is known without sampling. A range that is not a number says nothing.
  virtual void bounds(std::span<const FieldBox> boxes, std::span<DensityRange> ranges) const = 0;

  /// The box |x|, |y|, |z| <= half that the field is defined in, world units.
  virtual float half() const noexcept = 0;
};

}  // namespace panohead
