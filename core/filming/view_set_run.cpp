#include "core/filming/view_set_run.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/export/view_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

int writeViewSet(const HeadPtr& head,
                 const ViewOptions& view,
                 const ViewSetOptions& options,
                 const std::filesystem::path& folder,
                 JobContext& context) {
  options.check();
  NewFolder out(folder);
  const std::filesystem::path images = out.make("images"), depths = out.make("depth"),
                              masks = out.make("masks");
  const int size = options.size > 0 ? options.size : modelInfo(*headModel(*head)).image_resolution;
  ViewOptions picture = view, shape = view;
  picture.mode = RenderMode::Picture;
  shape.mode = RenderMode::Depth;
  shape.neural_resolution = options.depth_size > 0 ? options.depth_size : std::min(size, kLargestDepth);

  ViewSet set;
  set.width = set.height = size;
  set.has_alpha = std::holds_alternative<NoBackground>(headOptions(*head).background);
  const std::vector<OrbitView> cameras = placeCameras(options.pattern);
  std::vector<ColouredPoint> points;
  // Every view gives its share, with room for those that see little; what is too many goes at the end.
  const double seen =
      0.3 * shape.neural_resolution * shape.neural_resolution * static_cast<double>(cameras.size());
  const int stride = options.points > 0 ? std::max(1, static_cast<int>(seen / (2.0 * options.points))) : 1;
  Progress progress{"drawing views", 0, static_cast<std::int64_t>(cameras.size()), {}};
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
    const DepthMap depth = depthMap(camera, frame.neural_resolution, frame.depth, frame.mask);
    writeDepthPng(depths / name, depth);
    writePng(masks / name, resized(maskImage(frame), size, size));  // readers want the pictures' size
    if (options.points > 0) {
      addPoints(points, depth, camera, image, stride, static_cast<int>(i) % stride);
    }
    set.views.push_back({name, camera});
    ++progress.step;
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
