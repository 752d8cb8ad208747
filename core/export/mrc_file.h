#pragma once

#include "core/base/density_field.h"
#include "core/jobs/job.h"

#include <filesystem>

namespace panohead {

/// A place of the published shape script's grid, world units: like a regular grid of `n` points on a side of
/// the box, but for a skew that comes from dividing the running index x n^2 + y n + z without rounding down
/// (in float32).
glm::vec3 publishedPlace(int n, int x, int y, int z, float half) noexcept;

/// Writes the density on the published grid as .mrc (MRC2014, mode 2: float32), section by section, so that
/// memory does not grow with the volume. As the published script has it: sections run along x from the box's
/// high end to its low one, rows along y, columns along z; near the faces of the box the density is zero
/// (SurfaceGrid). Extremes and mean in the header say "not known", as the standard allows.
/// @param n points on a side, 16..2048
/// Reports "density volume". Throws OptionError, MeshError (density not finite), SaveError, Cancelled.
void saveMrc(const DensityField& field, int n, const std::filesystem::path& path, JobContext& context);

}  // namespace panohead
