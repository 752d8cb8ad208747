#include "core/session/mesh_export.h"

#include "core/base/error.h"
#include "core/base/system_memory.h"
#include "core/export/marching_cubes.h"
#include "core/export/mesh_parts.h"
#include "core/export/mrc_file.h"
#include "core/export/texture_bake.h"
#include "core/export/uv_unwrap.h"
#include "core/fast/tri_grid_field.h"
#include "core/generator/quick_synthesis.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/volume_field.h"

#include <fmt/format.h>
#include <glm/common.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace panohead {

namespace {

constexpr double kTrianglesOfSquare = 4;  // of the grid's side, squared: a head and its cut
constexpr double kBytesOfTexel = 0.6;     // of a PNG: these textures are smooth
constexpr double kJpegShare = 0.2;        // of the PNG
constexpr double kCoveredTexels = 0.6;

double squares(const MeshOptions& options) { return std::pow(options.resolution, 2); }

double texels(const MeshOptions& options) {
  return options.colours == MeshColours::Texture ? std::pow(options.texture_side, 2) : 0;
}

ModelPace& paceOf(const Head& head) { return head.model->memory->pace; }

/// Seconds between one call and the next.
class Laps {
 public:
  double next() {
    const Clock::time_point now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

std::unique_ptr<DensityField> densityField(const Head& head, bool exact, JobContext& context) {
  context.checkpoint();
  context.report({"density", 0, 0, {}});
  const at::NoGradGuard no_grad;
  const Generator& generator = head.networks->generator;
  const bool packed = head.prepared.planes.dim() == 6;
  at::Tensor planes = exact && packed ? synthesised(head.options,
                                                    context,
                                                    [&](const nn::SynthesisRun& run) {
                                                      return quickPlanes(generator, head.prepared.ws, run);
                                                    })
                                      : head.prepared.planes;
  if (fast::TriGridField::applies(generator)) {
    return std::make_unique<fast::TriGridField>(generator, std::move(planes));
  }
  if (planes.dim() == 6) {
    planes = unpackPlanes(planes).to(at::kFloat);
  }
  return std::make_unique<VolumeField>(generator.volume(planes), generator.config().volume);
}

/// A picture that colours are taken from.
struct ColourView {
  OrbitView camera;
  float trust = 1;
};

/// Cameras all around the head in rings, the more of them the wider the ring. Networks have seen heads from
/// about their own height: what they show from far above or below is taken where nothing else sees the place.
std::vector<ColourView> colourViews(int count) {
  struct Ring {
    double pitch, share;
    float trust;
  };
  constexpr Ring kRings[] = {{0, 0.36, 1}, {-22, 0.22, 0.3F}, {24, 0.26, 0.3F}, {52, 0.16, 0.05F}};
  std::vector<ColourView> views;
  for (const Ring& ring : kRings) {
    const int places = std::max(1, static_cast<int>(std::lround(ring.share * count)));
    // Every other ring stands in the gaps of the one before; one camera of the first looks at the face.
    const double offset = (&ring - kRings) % 2 == 0 ? 0 : 0.5;
    for (int i = 0; i < places; ++i) {
      const double yaw = 360.0 * (i + offset) / places;
      views.push_back({{.yaw_degrees = yaw, .pitch_degrees = ring.pitch}, ring.trust});
    }
  }
  return views;
}

/// Colours for points of the mesh from the generator's own pictures, without background.
ColourBake::Result bakedColours(const HeadPtr& head,
                                const Mesh& mesh,
                                std::vector<SurfacePoint> points,
                                int count,
                                ModelPace& pace,
                                JobContext& context) {
  const auto point_count = static_cast<double>(points.size());
  ColourBake bake(mesh, std::move(points));
  const HeadPtr alone = withBackground(head, NoBackground{}, context);
  const std::vector<ColourView> views = colourViews(count);
  Progress progress{"views", 0, static_cast<std::int64_t>(views.size()), {}};
  Laps laps;
  double drawing = 0, baking = 0;
  for (const ColourView& colour_view : views) {
    context.checkpoint();
    context.report(progress);
    laps.next();
    const ViewOptions view{.camera = orbitLabel(colour_view.camera)};
    const Frame frame = renderFrame(*alone, view, context);
    drawing += laps.next();
    bake.addPicture(frame.picture, view.camera, colour_view.trust, context);
    baking += laps.next();
    ++progress.step;
  }
  context.report(progress);
  const auto pictures = static_cast<double>(views.size());
  pace.view = drawing / pictures;
  // Few points say nothing: most of the time is then the mesh's depth and the picture's edge.
  constexpr double kManyPoints = 50'000;
  if (point_count > kManyPoints) {
    pace.point = baking / pictures / point_count;
  }
  return bake.result();
}

void colourVertices(const HeadPtr& head, Mesh& mesh, int views, ModelPace& pace, JobContext& context) {
  std::vector<SurfacePoint> points(mesh.positions.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = {mesh.positions[i], mesh.normals[i]};
  }
  ColourBake::Result colours = bakedColours(head, mesh, std::move(points), views, pace, context);
  fillVertexColours(mesh, colours, context);
  mesh.colours.reserve(colours.colours.size());
  for (const glm::vec3& c : colours.colours) {
    mesh.colours.emplace_back(glm::clamp(glm::round(c), 0.0F, 255.0F));
  }
}

void colourTexture(
    const HeadPtr& head, Mesh& mesh, const MeshOptions& options, ModelPace& pace, JobContext& context) {
  const auto triangles = static_cast<double>(std::max<std::int64_t>(1, mesh.triangles()));
  Laps laps;
  unwrapHead(mesh, options.texture_side, context);
  pace.unwrapping = laps.next() / triangles;
  const TexturePoints points = texturePoints(mesh, options.texture_side, context);
  double seconds = laps.next();
  const ColourBake::Result colours = bakedColours(head, mesh, points.points, options.views, pace, context);
  context.report({"texture", 0, 0, {}});
  laps.next();
  mesh.texture = textureOf(points, colours, context);
  seconds += laps.next();
  pace.texel = seconds / texels(options);
}

template <typename T>
void checkRange(const char* name, T value, T low, T high) {
  if (!(value >= low && value <= high)) {
    throw OptionError(fmt::format("{}: {} is not in {}..{}", name, value, low, high),
                      fmt::format("choose {} from {} to {}", name, low, high));
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

void requireMeshMemory(std::uint64_t needed, std::uint64_t available, const MeshOptions& options) {
  if (available > 0 && needed > available) {
    const bool textured = options.colours == MeshColours::Texture;
    throw DeviceError(
        fmt::format("a mesh of resolution {}{} needs {:.1f} GB of memory, and {:.1f} GB are left",
                    options.resolution,
                    textured ? fmt::format(" with a texture of {} pixels", options.texture_side) : "",
                    static_cast<double>(needed) / 1e9,
                    static_cast<double>(available) / 1e9),
        fmt::format("choose a lower resolution{}, or close other programs",
                    textured ? " or a smaller texture" : ""));
  }
}

Mesh makeMesh(const HeadPtr& head, const MeshOptions& options, JobContext& context) {
  options.check();
  if (options.triangles > 0 && !canReduceMesh()) {
    throw OptionError("this build cannot reduce meshes", "ask for all triangles: --triangles 0");
  }
  requireMeshMemory(forecastMesh(*head, options, MeshFormat::Glb).memory, availableMemory(), options);
  // Small meshes of the drawn volume are made for looking at, between other work: they say little of others.
  ModelPace unused;
  ModelPace& pace = options.exact ? paceOf(*head) : unused;
  Mesh mesh;
  {
    Laps laps;
    const std::unique_ptr<DensityField> field = densityField(*head, options.exact, context);
    pace.grids = laps.next();
    const SurfaceGrid grid{.resolution = options.resolution,
                           .level = static_cast<float>(options.level),
                           .flat_cut = options.flat_cut};
    mesh = extractSurface(*field, grid, context);
    if (!options.whole) {
      keepLargestComponent(mesh);
    }
    double surface = laps.next();
    if (const auto whole = mesh.triangles(); options.triangles > 0 && whole > options.triangles) {
      reduceMesh(mesh, options.triangles, context);
      if (!options.whole) {
        keepLargestComponent(mesh);  // a thin neck may have gone
      }
      // Few removed say nothing: most of the time is then what every reduction begins with.
      const double seconds = laps.next();
      if (const auto removed = whole - mesh.triangles(); 4 * removed > whole) {
        pace.removal = seconds / static_cast<double>(removed);
      }
    }
    if (options.smoothing > 0) {
      smoothMesh(mesh, options.smoothing, context);
      pace.smoothing = laps.next() / (static_cast<double>(mesh.triangles()) * options.smoothing);
    } else {
      gradientNormals(mesh, *field, field->half() / static_cast<float>(options.resolution), context);
      surface += laps.next();
    }
    pace.square = surface / squares(options);
  }
  if (options.colours == MeshColours::Texture) {
    colourTexture(head, mesh, options, pace, context);
  } else if (options.colours == MeshColours::Vertices) {
    colourVertices(head, mesh, options.views, pace, context);
  }
  return mesh;
}

Mesh makeSeenSurface(const HeadPtr& head,
                     int resolution,
                     std::span<const glm::vec3> seen,
                     JobContext& context) {
  const MeshOptions options{
      .resolution = resolution, .triangles = 0, .colours = MeshColours::None, .exact = false};
  options.check();
  requireMeshMemory(forecastMesh(*head, options, MeshFormat::Stl).memory, availableMemory(), options);
  const VolumeOptions& volume = head->networks->generator.config().volume;
  SurfaceGrid grid{.resolution = resolution, .crop = volume.crop / volume.box_warp};
  try {
    const std::unique_ptr<DensityField> field = densityField(*head, false, context);
    if (!seen.empty()) {
      std::vector<float> density(seen.size());
      field->densities(seen, density);
      // Nearly all of what is seen has a surface then, and it lies 0.005 off the rays' ends, where that of
      // the median would leave holes and the published one lies 0.03 before them.
      constexpr double kShare = 0.15;
      const auto chosen =
          density.begin() + static_cast<std::ptrdiff_t>(kShare * static_cast<double>(density.size()));
      std::ranges::nth_element(density, chosen);
      grid.level = *chosen;
    }
    return extractSurface(*field, grid, context);
  } catch (const MeshError&) {
    return {};
  }
}

void saveDensityVolume(
    const HeadPtr& head, int resolution, bool exact, const std::filesystem::path& path, JobContext& context) {
  saveMrc(*densityField(*head, exact, context), resolution, path, context);
}

MeshForecast forecastMesh(const Head& head, const MeshOptions& options, MeshFormat format, bool jpeg) {
  options.check();
  const double whole = kTrianglesOfSquare * squares(options);
  const double kept = options.triangles > 0 ? std::min(whole, static_cast<double>(options.triangles)) : whole;
  const double plane_numbers = static_cast<double>(head.prepared.planes.numel());
  const double bytes_of_triangle = format == MeshFormat::Stl ? 50 : format == MeshFormat::Obj ? 95 : 28;
  const double bytes_of_texel = format == MeshFormat::Obj   ? kBytesOfTexel
                                : format != MeshFormat::Glb ? 0
                                : jpeg                      ? kBytesOfTexel * kJpegShare
                                                            : kBytesOfTexel;
  MeshForecast forecast;
  forecast.triangles = static_cast<std::int64_t>(kept);
  forecast.file_bytes =
      static_cast<std::uint64_t>(bytes_of_triangle * kept + bytes_of_texel * texels(options));
  forecast.memory = static_cast<std::uint64_t>(
      // float32 tri-grids, and as much again while they are made and packed; triangles while arrays grow and
      // while they are reduced; layers of the grid; sums and points of the texture.
      12 * plane_numbers + 100 * whole + 200 * kept + 50 * squares(options) + 70 * texels(options));
  const ModelPace& pace = paceOf(head);
  forecast.seconds = (options.exact ? pace.grids.load() : 0) + pace.square * squares(options) +
                     pace.removal * (whole - kept) + pace.smoothing * options.smoothing * kept;
  if (options.colours != MeshColours::None) {
    const double points =
        options.colours == MeshColours::Texture ? kCoveredTexels * texels(options) : kept / 2;
    forecast.seconds += options.views * (pace.view + pace.point * points);
  }
  if (options.colours == MeshColours::Texture) {
    forecast.seconds += pace.unwrapping * kept + pace.texel * texels(options);
  }
  return forecast;
}

}  // namespace panohead
