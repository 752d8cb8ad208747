#pragma once

#include <glm/glm.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead::test {

// Readers of what the command `views` writes, written from the formats' descriptions and not from our
// writers.

struct WrittenCamera {
  std::string name;  // of the picture, without folder
  double fx = 0, fy = 0, cx = 0, cy = 0;
  glm::dmat3 world_from_camera{1.0};  // OpenCV axes
  glm::dvec3 position{0.0};

  /// @param x, y pixels, the upper left pixel's centre at (0.5, 0.5)  @param z along the camera's axis
  glm::dvec3 toWorld(double x, double y, double z) const {
    return position + world_from_camera * glm::dvec3((x - cx) / fx * z, (y - cy) / fy * z, z);
  }
  /// x, y, z as above.
  glm::dvec3 fromWorld(const glm::dvec3& point) const {
    const glm::dvec3 local = glm::transpose(world_from_camera) * (point - position);
    return {local.x / local.z * fx + cx, local.y / local.z * fy + cy, local.z};
  }
};

std::vector<WrittenCamera> readTransforms(const std::filesystem::path& path);
/// @param folder with cameras.txt and images.txt
std::vector<WrittenCamera> readColmap(const std::filesystem::path& folder);

struct DepthFile {
  int width = 0, height = 0;
  std::vector<std::uint16_t> steps;
  int at(int x, int y) const { return steps[static_cast<std::size_t>(y * width + x)]; }
};
/// A 16-bit grey PNG, by stb_image.
DepthFile readDepth(const std::filesystem::path& path);

}  // namespace panohead::test
