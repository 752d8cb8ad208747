#pragma once

#include "core/generator/generator.h"

namespace panohead {

struct HarderSurfacesOptions {
  double gain = 1.3;    // at least 1: how much steeper the density is
  double level = 20.0;  // of the decoder's density that stays, near where matter hides what is behind it
};

/// Makes the way from air to matter shorter: the decoder's density d becomes gain (d - level) + level.
/// Surfaces stay about where they were; what neighbouring views see of depth and colour agrees better,
/// because less of it is a mean over the depth of a haze. For a generator that reconstruction has left soft.
/// Throws OptionError for a gain below 1.
void hardenSurfaces(Generator& generator, const HarderSurfacesOptions& options);

}  // namespace panohead
