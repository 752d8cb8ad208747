#pragma once

#include "core/base/density_field.h"
#include "core/volume/volume_renderer.h"

namespace panohead {

/// The density of one head by the specification path, for every device and model; it knows no bounds, so that
/// everything is sampled. @param volume with planes of one head; its decoder outlives the field
class VolumeField final : public DensityField {
 public:
  VolumeField(TriGridVolume volume, const VolumeOptions& options);

  void densities(std::span<const glm::vec3> points, std::span<float> values) const override;
  void bounds(std::span<const FieldBox> boxes, std::span<DensityRange> ranges) const override;
  float half() const noexcept override { return static_cast<float>(options_.box_warp / 2); }

 private:
  TriGridVolume volume_;
  VolumeOptions options_;
};

}  // namespace panohead
