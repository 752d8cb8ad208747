#include "core/volume/volume_options.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace panohead {

void VolumeOptions::check() const {
  if (coarse_samples < 4 || coarse_samples > 4096) {
    throw OptionError(fmt::format("{} coarse samples per ray make no sense", coarse_samples),
                      "choose 4 to 4096");
  }
  if (fine_samples < 0 || fine_samples > 4096) {
    throw OptionError(fmt::format("{} fine samples per ray make no sense", fine_samples), "choose 0 to 4096");
  }
  if (!auto_range && !(ray_start > 0 && ray_end > ray_start)) {
    throw OptionError(fmt::format("rays from {} to {} make no sense", ray_start, ray_end),
                      "ray_end must exceed ray_start, and both must be positive");
  }
  if (!(box_warp > 0)) {
    throw OptionError(fmt::format("a box of side {} makes no sense", box_warp), "box_warp must be positive");
  }
}

}  // namespace panohead
