#include "core/export/view_set.h"

#include "core/base/atomic_file.h"

#include <fmt/format.h>
#include <glm/gtc/quaternion.hpp>
#include <nlohmann/json.hpp>

#include <bit>
#include <cstring>
#include <iterator>

namespace panohead {
namespace {

static_assert(std::endian::native == std::endian::little, "PLY files say so");

/// World to camera, OpenCV axes.
struct Pose {
  glm::dquat rotation;
  glm::dvec3 translation;
};
Pose cameraFromWorld(const CameraLabel& label) {
  glm::dmat3 axes;  // columns: the camera's axes in the world
  glm::dvec3 position;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      axes[column][row] = label[static_cast<std::size_t>(row * 4 + column)];
    }
    position[row] = label[static_cast<std::size_t>(row * 4 + 3)];
  }
  const glm::dquat rotation = glm::normalize(glm::quat_cast(glm::transpose(axes)));
  return {rotation, -(rotation * position)};
}

}  // namespace

void writeTransforms(const std::filesystem::path& path, const ViewSet& set, const std::string& point_file) {
  using Json = nlohmann::ordered_json;
  Json json{{"camera_model", "OPENCV"}};
  if (!set.views.empty()) {
    const CameraLabel& lens = set.views.front().camera;
    json["fl_x"] = double{lens[16]} * set.width;
    json["fl_y"] = double{lens[20]} * set.height;
    json["cx"] = double{lens[18]} * set.width;
    json["cy"] = double{lens[21]} * set.height;
  }
  json["w"] = set.width;
  json["h"] = set.height;
  for (const char* distortion : {"k1", "k2", "p1", "p2"}) {
    json[distortion] = 0;
  }
  json["depth_unit_scale_factor"] = kDepthUnit;
  json["ply_file_path"] = point_file;
  json["frames"] = Json::array();
  for (const ViewSet::View& view : set.views) {
    Json matrix = Json::array();
    for (std::size_t row = 0; row < 4; ++row) {
      const float* line = view.camera.data() + row * 4;
      matrix.push_back({line[0], -line[1] + 0.0F, -line[2] + 0.0F, line[3]});  // no minus zeros
    }
    Json frame{{"file_path", "images/" + view.name},
               {"depth_file_path", "depth/" + view.name},
               {"transform_matrix", std::move(matrix)}};
    if (!set.has_alpha) {
      frame["mask_path"] = "masks/" + view.name;
    }
    json["frames"].push_back(std::move(frame));
  }
  writeText(path, json.dump(1) + "\n");
}

void writeColmap(const std::filesystem::path& folder,
                 const ViewSet& set,
                 std::span<const ColouredPoint> points) {
  std::string cameras = "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[] (fx, fy, cx, cy in pixels)\n";
  std::string images =
      "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME (world to camera)\n"
      "# POINTS2D[]: none\n";
  std::string cloud = "# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[]: none\n";
  if (!set.views.empty()) {
    const CameraLabel& lens = set.views.front().camera;
    cameras += fmt::format("1 PINHOLE {} {} {} {} {} {}\n",
                           set.width,
                           set.height,
                           double{lens[16]} * set.width,
                           double{lens[20]} * set.height,
                           double{lens[18]} * set.width,
                           double{lens[21]} * set.height);
  }
  for (std::size_t i = 0; i < set.views.size(); ++i) {
    const auto [q, t] = cameraFromWorld(set.views[i].camera);
    images += fmt::format(
        "{} {} {} {} {} {} {} {} 1 {}\n\n", i + 1, q.w, q.x, q.y, q.z, t.x, t.y, t.z, set.views[i].name);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ColouredPoint& point = points[i];
    fmt::format_to(std::back_inserter(cloud),
                   "{} {} {} {} {} {} {} 0\n",
                   i + 1,
                   point.position.x,
                   point.position.y,
                   point.position.z,
                   point.red,
                   point.green,
                   point.blue);
  }
  writeText(folder / "cameras.txt", cameras);
  writeText(folder / "images.txt", images);
  writeText(folder / "points3D.txt", cloud);
}

void writePointCloud(const std::filesystem::path& path, std::span<const ColouredPoint> points) {
  std::string text = fmt::format(
      "ply\nformat binary_little_endian 1.0\ncomment PanoHead Studio: y up, the face looks along +z\n"
      "element vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
      "property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n",
      points.size());
  for (const ColouredPoint& point : points) {
    char bytes[15];
    std::memcpy(bytes, &point.position, 12);
    bytes[12] = static_cast<char>(point.red);
    bytes[13] = static_cast<char>(point.green);
    bytes[14] = static_cast<char>(point.blue);
    text.append(bytes, sizeof bytes);
  }
  writeText(path, text);
}

}  // namespace panohead
