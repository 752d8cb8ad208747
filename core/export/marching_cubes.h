#pragma once

#include "core/base/density_field.h"
#include "core/export/mesh.h"
#include "core/jobs/job.h"

#include <cmath>
#include <cstdint>
#include <optional>

namespace panohead {

/// The grid of points that the published script samples: `resolution` points on a side, the outermost on the
/// faces of the box. Points near its faces count as empty, so that the bust is cut there (SPEC, "Shapes").
struct SurfaceGrid {
  int resolution = 256;  // points on a side, 16..2048
  float level = 10;      // density at the surface; inside it is higher
  bool flat_cut =
      true;  // the cut is a plane half a step outside of the last points; false: where density that
             // falls to zero over the step would reach the level, as the published script has it

  /// Set: empty is what pictures do not show, this share of the box's side at its faces in x and z
  /// (VolumeOptions::crop) and nothing in y. Unset: the published padding.
  std::optional<double> crop{};

  // Empty points at the faces: in x and z, at the bottom, at the top.
  int margin() const noexcept {
    return crop ? static_cast<int>(std::ceil(*crop * (resolution - 1))) : 30 * resolution / 256;
  }
  int bottomMargin() const noexcept { return crop ? 0 : 30 * resolution / 256; }
  int topMargin() const noexcept { return crop ? 0 : 38 * resolution / 256; }
  void check() const;  // throws OptionError naming the field
};

/// What making a surface took.
struct SurfaceStats {
  std::int64_t blocks = 0;   // of cells, that the grid has
  std::int64_t crossed = 0;  // those that could not be ruled out
  std::int64_t sampled = 0;  // points whose density was evaluated
};

/// The surface where a field has a level, closed where the grid ends, by marching cubes (Lorensen and Cline,
/// 1987) with the rule of cube_table.h: watertight whatever the density.
///
/// Only blocks of cells that the surface may cross are sampled: the others' ranges (DensityField::bounds)
/// exclude the level, so that all corners of all their cells lie on one side and they hold no triangle. The
/// mesh is the same as with every point sampled. Memory grows with the surface and with the square of the
/// resolution.
///
/// Vertices on the cut have its normal; the others' normals are zero (see gradientNormals()).
/// Reports "looking for the surface" and "surface". Throws MeshError when no surface is there, the volume is
/// full, or a density is not finite; DeviceError when the surface will not fit into memory (before it is
/// made); Cancelled.
Mesh extractSurface(const DensityField& field,
                    const SurfaceGrid& grid,
                    JobContext& context,
                    SurfaceStats* stats = nullptr);

/// Sets all normals that are zero to the direction in which the density falls most, by central differences.
/// @param step world units
void gradientNormals(Mesh& mesh, const DensityField& field, float step, JobContext& context);

}  // namespace panohead
