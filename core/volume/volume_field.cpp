#include "core/volume/volume_field.h"

#include "core/tensor/prelude.h"

#include <algorithm>
#include <limits>

namespace panohead {

VolumeField::VolumeField(TriGridVolume volume, const VolumeOptions& options)
    : volume_(std::move(volume)), options_(options) {}

void VolumeField::densities(std::span<const glm::vec3> points, std::span<float> values) const {
  const at::NoGradGuard no_grad;
  constexpr std::size_t kAtOnce = 1 << 16;
  for (std::size_t first = 0; first < points.size(); first += kAtOnce) {
    const auto count = static_cast<std::int64_t>(std::min(kAtOnce, points.size() - first));
    const at::Tensor at =
        at::from_blob(const_cast<glm::vec3*>(points.data() + first), {1, count, 3}, at::kFloat);
    const at::Tensor density = volume_.query(at.to(volume_.planes.device()), options_)
                                   .density.reshape({count})
                                   .to(at::kCPU, at::kFloat)
                                   .contiguous();
    std::copy_n(density.const_data_ptr<float>(), count, values.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

void VolumeField::bounds(std::span<const FieldBox>, std::span<DensityRange> ranges) const {
  constexpr float kUnknown = std::numeric_limits<float>::infinity();
  std::ranges::fill(ranges, DensityRange{-kUnknown, kUnknown});
}

}  // namespace panohead
