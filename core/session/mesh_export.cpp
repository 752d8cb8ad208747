#include "core/session/mesh_export.h"

#include "core/base/error.h"
#include "core/export/marching_cubes.h"
#include "core/export/mesh_parts.h"
#include "core/fast/tri_grid_field.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/volume_field.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead {

namespace {

std::unique_ptr<DensityField> densityField(const Head& head, bool exact, JobContext& context) {
  context.checkpoint();
  context.report({"density", 0, 0, {}});
  const at::NoGradGuard no_grad;
  const Generator& generator = head.networks->generator;
  const bool packed = head.prepared.planes.dim() == 6;
  at::Tensor planes = exact && packed
                          ? generator.planes(head.prepared.ws, synthesisRun(head.options, context))
                          : head.prepared.planes;
  if (fast::TriGridField::applies(generator)) {
    return std::make_unique<fast::TriGridField>(generator, planes);
  }
  if (planes.dim() == 6) {
    planes = unpackPlanes(planes).to(at::kFloat);
  }
  return std::make_unique<VolumeField>(generator.volume(planes), generator.config().volume);
}

template <typename T>
void checkRange(const char* name, T value, T low, T high) {
  if (!(value >= low && value <= high)) {
    throw OptionError(fmt::format("{}: {} is not in {}..{}", name, value, low, high));
  }
}

}  // namespace

void MeshOptions::check() const {
  checkRange("resolution", resolution, 64, 1024);
  checkRange("level", level, -1000.0, 1000.0);
  checkRange("smoothing", smoothing, 0, 100);
  if (triangles != 0) {
    checkRange("triangles", triangles, std::int64_t{100}, std::int64_t{1} << 30);
  }
  checkRange("texture side", texture_side, 64, 8192);
  checkRange("views", views, 4, 256);
}

Mesh makeMesh(const HeadPtr& head, const MeshOptions& options, JobContext& context) {
  options.check();
  Mesh mesh;
  {
    const std::unique_ptr<DensityField> field = densityField(*head, options.exact, context);
    const SurfaceGrid grid{.resolution = options.resolution,
                           .level = static_cast<float>(options.level),
                           .flat_cut = options.flat_cut};
    mesh = extractSurface(*field, grid, context);
    if (!options.whole) {
      keepLargestComponent(mesh);
    }
    gradientNormals(mesh, *field, field->half() / static_cast<float>(options.resolution), context);
  }
  return mesh;
}

MeshForecast forecastMesh(const Head&, const MeshOptions& options, MeshFormat format) {
  options.check();
  // A head's surface has about 4.5 triangles for each square of the grid.
  const double squares = static_cast<double>(options.resolution) * options.resolution;
  MeshForecast forecast;
  forecast.triangles = static_cast<std::int64_t>(4.5 * squares);
  if (options.triangles > 0) {
    forecast.triangles = std::min(forecast.triangles, options.triangles);
  }
  const double bytes = format == MeshFormat::Stl ? 50 : format == MeshFormat::Obj ? 95 : 28;
  forecast.file_bytes = static_cast<std::uint64_t>(bytes * static_cast<double>(forecast.triangles));
  forecast.memory = static_cast<std::uint64_t>(60 * 4.5 * squares + 2.5e8);
  forecast.seconds = 1 + 1.5e-5 * squares;
  return forecast;
}

}  // namespace panohead
