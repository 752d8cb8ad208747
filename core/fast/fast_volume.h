#pragma once

#include "core/fast/occupancy.h"
#include "core/generator/generator.h"

#include <functional>
#include <optional>
#include <vector>

namespace panohead::fast {

/// The kernels' name of it.
kernels::FeatureActivation activationOf(DecoderActivation activation);

/// The volume of one head in the form that the drawing kernels read: tri-grids in bfloat16 with all channels
/// of a point side by side, the decoder's weights with their gains, and where there is nothing. Immutable.
class FastVolume {
 public:
  /// Whether there are kernels for this generator's volume: a CPU, and widths that the kernels know.
  static bool applies(const Generator& generator);

  /// @param planes [1, 3, 32 * depth, S, S], or packed ones (core/volume/quick_sampler.h)
  /// @param skip_empty false: every sample is evaluated, to see what skipping costs
  /// @param checkpoint may be empty; called while occupancy is measured, may throw to cancel
  FastVolume(const Generator& generator,
             const at::Tensor& planes,
             bool skip_empty = true,
             const std::function<void()>& checkpoint = {});
  FastVolume(const FastVolume&) = delete;  // the kernels' view points into it
  FastVolume& operator=(const FastVolume&) = delete;

  /// Whether these settings can be drawn: no random numbers, sizes that the kernels know.
  static bool applies(const VolumeOptions& options);

  /// Both passes. Feature [1, 32, r, r] is channels-last. The same bytes for any number of threads.
  /// @param label [1, 25]
  FeatureImage render(const at::Tensor& label,
                      std::int64_t resolution,
                      const VolumeOptions& options,
                      const std::function<void()>& checkpoint) const;

  const Occupancy& occupancy() const noexcept { return *occupancy_; }

 private:
  const kernels::DrawKernels& kernels_;
  at::Tensor planes_;  // packed, bfloat16
  std::vector<float> hidden_weight_, hidden_bias_, density_weight_, feature_weight_, feature_bias_;
  kernels::DrawnVolume view_;
  std::optional<Occupancy> occupancy_, everything_;
};

}  // namespace panohead::fast
