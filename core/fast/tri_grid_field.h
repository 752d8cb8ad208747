#pragma once

#include "core/base/density_field.h"
#include "core/generator/generator.h"
#include "core/kernels/density_layout.h"

#include <vector>

namespace panohead::fast {

/// The density of one head, in float32, by hand-written kernels with bounds (core/kernels/density_kernels.h):
/// what TriGridVolume::query() says, without crop and noise. Immutable.
class TriGridField final : public DensityField {
 public:
  /// Whether there are kernels for this generator's decoder, on CPUs.
  static bool applies(const Generator& generator);

  /// @param planes [1, 3, 32 * depth, S, S], or packed ones (core/volume/quick_sampler.h). Those moved here
  /// are gone when they are packed
  /// Throws MeshError when the planes or the decoder are not finite.
  TriGridField(const Generator& generator, at::Tensor planes);
  TriGridField(const TriGridField&) = delete;  // the kernels' view points into it
  TriGridField& operator=(const TriGridField&) = delete;

  void densities(std::span<const glm::vec3> points, std::span<float> values) const override;
  void bounds(std::span<const FieldBox> boxes, std::span<DensityRange> ranges) const override;
  float half() const noexcept override { return half_; }

 private:
  at::Tensor planes_;  // packed, float32
  std::vector<float> hidden_weight_, hidden_bias_, density_weight_;
  kernels::DensityVolume view_;
  float half_ = 0.5F;
};

}  // namespace panohead::fast
