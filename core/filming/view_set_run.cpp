#include "core/filming/view_set_run.h"

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/export/mesh_raster.h"
#include "core/export/view_set.h"
#include "core/session/mesh_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace panohead {
namespace {

constexpr int kLargestDepth = 512;  // of volume rendering

/// A folder that gets its name when it is whole; else nothing of it is left.
class NewFolder {
 public:
  explicit NewFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    if (std::filesystem::exists(folder_, error)) {
      throw SaveError(fmt::format("'{}' exists already", folder_.string()),
                      "remove it or choose another name");
    }
    if (!folder_.has_filename()) {
      folder_ = folder_.parent_path();  // "name/"
    }
    temporary_ = temporaryNameFor(folder_);
    std::filesystem::create_directory(temporary_, error);
    throwIf(error);
  }
  ~NewFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(temporary_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  std::filesystem::path make(const std::filesystem::path& name) const {
    std::error_code error;
    std::filesystem::create_directories(temporary_ / name, error);
    throwIf(error);
    return temporary_ / name;
  }
  void finish() {
    std::error_code error;
    std::filesystem::rename(temporary_, folder_, error);
    throwIf(error);
  }
  const std::filesystem::path& path() const noexcept { return temporary_; }

 private:
  void throwIf(const std::error_code& error) const {
    if (error) {
      throw SaveError(fmt::format("cannot write the folder '{}': {}", folder_.string(), error.message()),
                      "choose a place that exists and that you may write to");
    }
  }

  std::filesystem::path folder_, temporary_;
};

Image maskImage(const Frame& frame) {
  Image image(frame.neural_resolution, frame.neural_resolution, 1);
  std::ranges::transform(frame.mask, image.pixels.begin(), [](float weight) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(weight, 0.0F, 1.0F) * 255));
  });
  return image;
}

/// Where rays from all around end in the mean, on solid, smooth parts.
std::vector<glm::vec3> seenPoints(const HeadPtr& head, JobContext& context) {
  std::vector<ColouredPoint> points;
  for (int side = 0; side < 4; ++side) {
    const CameraLabel camera = orbitLabel({.yaw_degrees = 90.0 * side});
    const Frame frame = renderFrame(*head, {.camera = camera, .mode = RenderMode::Depth}, context);
    addPoints(
        points, depthMap(camera, frame.neural_resolution, frame.depth, frame.mask), camera, frame.picture, 1);
  }
  std::vector<glm::vec3> positions(points.size());
  std::ranges::transform(points, positions.begin(), &ColouredPoint::position);
  return positions;
}

/// The surface that the depth of all views is of: the mean depth of rays through a soft volume is another one
/// from every side. Empty where the volume has none.
Mesh surfaceOf(const HeadPtr& head, JobContext& context) {
  constexpr int kResolution = 256;
  try {
    return makeSeenSurface(head, kResolution, seenPoints(head, context), context);
  } catch (const DeviceError& error) {
    throw DeviceError(
        "the surface that depth is taken of does not fit into memory", "close other programs", error.what());
  }
}

/// As depthMap() of the rays, but of the mesh, which is the same one from all sides. Nothing where the rays
/// end at quite another place: what is there is too soft for a surface, or beyond the box.
DepthMap depthOfMesh(const Mesh& mesh, const CameraLabel& camera, const Frame& frame, JobContext& context) {
  constexpr float kFar = 0.1F;  // world units
  DepthMap depth = depthMap(camera, frame.neural_resolution, frame.depth, frame.mask);
  const DepthPicture seen =
      rasteriseDepth(mesh, Pinhole(camera), depth.size, [&context] { context.checkpoint(); });
  for (std::size_t i = 0; i < depth.z.size(); ++i) {
    const bool same = depth.z[i] > 0 && std::abs(seen.depth[i] - depth.z[i]) < kFar;
    depth.z[i] = same ? seen.depth[i] : 0;
  }
  return depth;
}

constexpr double kBytesOfPoint = 70;  // in points.ply and in COLMAP's text

int pictureSize(const Head& head, const ViewSetOptions& options) {
  return options.size > 0 ? options.size : modelInfo(*headModel(head)).image_resolution;
}

int depthSize(const Head& head, const ViewSetOptions& options) {
  return options.depth_size > 0 ? options.depth_size : std::min(pictureSize(head, options), kLargestDepth);
}

PaceMemory& paces() {
  static PaceMemory memory;
  return memory;
}

std::string kindOf(const Head& head, const ViewSetOptions& options) {
  return fmt::format("{} {}", pictureSize(head, options), depthSize(head, options));
}

double sizeOf(const std::filesystem::path& file) {
  std::error_code ignored;
  return static_cast<double>(std::filesystem::file_size(file, ignored));
}

}  // namespace

void ViewSetOptions::check() const {
  pattern.check();
  if (size != 0 && (size < 16 || size > 4096)) {
    throw OptionError(fmt::format("--size: pictures of {} pixels cannot be made", size),
                      "stay between 16 and 4096");
  }
  if (depth_size != 0 && (depth_size < 8 || depth_size > kLargestDepth)) {
    throw OptionError(fmt::format("--depth-size: depth of {} pixels cannot be made", depth_size),
                      "stay between 8 and 512");
  }
  if (points < 0 || points > 10'000'000) {
    throw OptionError(fmt::format("--points: {} points cannot be written", points), "stay below 10 million");
  }
}

std::optional<ExportPace> forecastViewSet(const Head& head, const ViewSetOptions& options) {
  std::optional<ExportPace> pace = paces().find(headModel(head), kindOf(head, options));
  if (pace) {
    pace->seconds = pace->start + pace->seconds * options.pattern.count;
    pace->bytes = pace->bytes * options.pattern.count + kBytesOfPoint * options.points;
  }
  return pace;
}

int writeViewSet(const HeadPtr& head,
                 const ViewOptions& view,
                 const ViewSetOptions& options,
                 const std::filesystem::path& folder,
                 JobContext& context) {
  options.check();
  NewFolder out(folder);
  const std::filesystem::path images = out.make("images"), depths = out.make("depth"),
                              masks = out.make("masks");
  const int size = pictureSize(*head, options);
  ViewOptions picture = view, shape = view;
  picture.mode = RenderMode::Picture;
  shape.mode = RenderMode::Depth;
  shape.neural_resolution = depthSize(*head, options);

  ViewSet set;
  set.width = set.height = size;
  set.has_alpha = isTransparent(shownBackground(headOptions(*head)));
  const std::vector<OrbitView> cameras = placeCameras(options.pattern);
  std::vector<ColouredPoint> points;
  // Every view gives its share, with room for those that see little; what is too many goes at the end.
  const double seen =
      0.3 * shape.neural_resolution * shape.neural_resolution * static_cast<double>(cameras.size());
  const int stride = options.points > 0 ? std::max(1, static_cast<int>(seen / (2.0 * options.points))) : 1;
  const auto start = std::chrono::steady_clock::now();
  const Mesh surface = surfaceOf(head, context);
  const double surface_seconds = secondsSince(start);
  Progress progress{"drawing views", 0, static_cast<std::int64_t>(cameras.size()), {}};
  const auto begin = std::chrono::steady_clock::now();
  double bytes = 0;
  for (std::size_t i = 0; i < cameras.size(); ++i) {
    context.checkpoint();
    context.report(progress);
    const std::string name = fmt::format("view_{:04}.png", i);
    const CameraLabel camera = orbitLabel(cameras[i]);
    picture.camera = shape.camera = camera;
    const Image image = resized(renderFrame(*head, picture, context).picture, size, size);
    writePng(images / name, image);
    context.checkpoint();
    const Frame frame = renderFrame(*head, shape, context);
    const DepthMap depth = surface.empty()
                               ? depthMap(camera, frame.neural_resolution, frame.depth, frame.mask)
                               : depthOfMesh(surface, camera, frame, context);
    writeDepthPng(depths / name, depth);
    writePng(masks / name, resized(maskImage(frame), size, size));  // readers want the pictures' size
    if (options.points > 0) {
      addPoints(points, depth, camera, image, stride, static_cast<int>(i) % stride);
    }
    set.views.push_back({name, camera});
    ++progress.step;
    for (const std::filesystem::path& written : {images / name, depths / name, masks / name}) {
      bytes += sizeOf(written);
    }
    const auto drawn = static_cast<double>(progress.step);
    paces().note(headModel(*head),
                 kindOf(*head, options),
                 {secondsSince(begin) / drawn, bytes / drawn, surface_seconds});
  }
  context.report(progress);
  if (const std::size_t wanted = static_cast<std::size_t>(options.points); points.size() > wanted) {
    for (std::size_t i = 0; i < wanted; ++i) {
      points[i] = points[i * points.size() / wanted];
    }
    points.resize(wanted);
  }
  writeTransforms(out.path() / "transforms.json", set, "points.ply");
  writePointCloud(out.path() / "points.ply", points);
  writeColmap(out.make("sparse/0"), set, points);
  out.finish();
  return static_cast<int>(points.size());
}

}  // namespace panohead
