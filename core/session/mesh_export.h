#pragma once

#include "core/export/mesh.h"
#include "core/export/mesh_file.h"
#include "core/export/mesh_reduce.h"
#include "core/session/studio.h"

#include <cstdint>
#include <filesystem>
#include <span>

/// A head as a mesh: surface, colours, files. No tensor crosses this header.
namespace panohead {

/// Where a mesh gets its colours.
enum class MeshColours { None, Vertices, Texture };

/// What a mesh is made like.
struct MeshOptions {
  int resolution = 512;  // grid points on a side of the box, 64..1024
  double level = 10;     // raw density at the surface; published: 10
  bool whole = false;    // keep all components, not only the largest
  bool flat_cut =
      true;           // the bust is cut in a plane; false: as the padding of the published script leaves it
  int smoothing = 0;  // Taubin passes, 0..100
  /// Reduced to at most so many (where the shape allows); 0: all, the only choice of a build without
  /// meshoptimizer.
  std::int64_t triangles = canReduceMesh() ? 200'000 : 0;
  MeshColours colours = MeshColours::Texture;
  int texture_side = 1024;  // pixels, 64..8192
  int views = 32;           // pictures that colours are taken from, 4..256
  bool exact = true;        // density by the specification's networks; false: the tri-grids that are drawn
  void check() const;       // throws OptionError naming the field
  bool operator==(const MeshOptions&) const = default;
};

/// What to expect, before anything is computed. Seconds are of this machine, from what meshes of this model
/// have needed so far or, before the first, of a typical one.
struct MeshForecast {
  double seconds = 0;
  std::int64_t triangles = 0;
  std::uint64_t memory = 0;      // bytes at the peak, beside the model and the head
  std::uint64_t file_bytes = 0;  // of the format asked for
};
/// @param jpeg whether a GLB's texture will be one
MeshForecast forecastMesh(const Head& head, const MeshOptions& options, MeshFormat format, bool jpeg = false);

/// Bytes against each other; 0 available: the machine does not say. Throws DeviceError, with what to do.
void requireMeshMemory(std::uint64_t needed, std::uint64_t available, const MeshOptions& options);

/// The surface of a head, with colours. Reports progress by stage ("surface", "clean up", "views",
/// "texture"). Throws OptionError (also where this build cannot reduce meshes), MeshError (no surface,
/// density not finite), DeviceError (does not fit in memory; said before anything is computed), Cancelled.
Mesh makeMesh(const HeadPtr& head, const MeshOptions& options, JobContext& context);

/// The surface of the drawn volume as far as pictures show it (meshes end before, as the published script has
/// it), without normals and colours: what depth is taken of. The published level lies before what is seen of
/// a soft volume: this one's is one that most of the density at `seen` reaches. Empty where there is no
/// surface, or where it is not finite. Throws OptionError, DeviceError, Cancelled.
/// @param seen points where rays of pictures end in the mean, world units; none: the published level
Mesh makeSeenSurface(const HeadPtr& head,
                     int resolution,
                     std::span<const glm::vec3> seen,
                     JobContext& context);

/// Density on the published grid, padding included, as .mrc (core/export/mrc_file.h); never whole in memory.
/// Throws OptionError, MeshError, SaveError, Cancelled.
void saveDensityVolume(
    const HeadPtr& head, int resolution, bool exact, const std::filesystem::path& path, JobContext& context);

}  // namespace panohead
