#include "tests/support/read_views.h"

#include <nlohmann/json.hpp>
#include <stb_image.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace panohead::test {

std::vector<WrittenCamera> readTransforms(const std::filesystem::path& path) {
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file);
  std::vector<WrittenCamera> cameras;
  for (const nlohmann::json& frame : json.at("frames")) {
    WrittenCamera camera;
    camera.name = std::filesystem::path(frame.at("file_path").get<std::string>()).filename().string();
    camera.fx = json.at("fl_x");
    camera.fy = json.at("fl_y");
    camera.cx = json.at("cx");
    camera.cy = json.at("cy");
    const auto& m = frame.at("transform_matrix");
    // OpenGL: x right, y up, z backwards; columns of OpenCV's axes are (x, -y, -z).
    for (int row = 0; row < 3; ++row) {
      camera.world_from_camera[0][row] = m[row][0].get<double>();
      camera.world_from_camera[1][row] = -m[row][1].get<double>();
      camera.world_from_camera[2][row] = -m[row][2].get<double>();
      camera.position[row] = m[row][3].get<double>();
    }
    cameras.push_back(camera);
  }
  return cameras;
}

std::vector<WrittenCamera> readColmap(const std::filesystem::path& folder) {
  WrittenCamera lens;
  std::string line;
  for (std::ifstream file(folder / "cameras.txt"); std::getline(file, line);) {
    if (!line.starts_with("#")) {
      std::istringstream words(line);
      std::string id, model, width, height;
      words >> id >> model >> width >> height >> lens.fx >> lens.fy >> lens.cx >> lens.cy;
      if (model != "PINHOLE" || !words) {
        throw std::runtime_error("cameras.txt: " + line);
      }
    }
  }
  std::vector<WrittenCamera> cameras;
  std::ifstream file(folder / "images.txt");
  while (std::getline(file, line)) {
    if (line.starts_with("#")) {
      continue;
    }
    std::istringstream words(line);
    double id = 0, w = 0, x = 0, y = 0, z = 0;
    glm::dvec3 t(0.0);
    int camera_id = 0;
    WrittenCamera camera = lens;
    words >> id >> w >> x >> y >> z >> t.x >> t.y >> t.z >> camera_id >> camera.name;
    if (!words || camera_id != 1) {
      throw std::runtime_error("images.txt: " + line);
    }
    // Rotation of a unit quaternion, world to camera, row by row.
    const double rows[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                               {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                               {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 3; ++column) {
        camera.world_from_camera[row][column] =
            rows[row][column];  // transposed: glm's first index is the column
      }
    }
    camera.position = -(camera.world_from_camera * t);
    cameras.push_back(camera);
    std::getline(file, line);  // its points
  }
  return cameras;
}

DepthFile readDepth(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  DepthFile depth;
  int channels = 0;
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  if (!stbi_is_16_bit_from_memory(data, static_cast<int>(bytes.size()))) {
    throw std::runtime_error("not of 16 bits: " + path.string());
  }
  stbi_us* pixels = stbi_load_16_from_memory(
      data, static_cast<int>(bytes.size()), &depth.width, &depth.height, &channels, 1);
  if (pixels == nullptr || channels != 1) {
    throw std::runtime_error("no grey PNG: " + path.string());
  }
  depth.steps.assign(pixels, pixels + static_cast<std::ptrdiff_t>(depth.width) * depth.height);
  stbi_image_free(pixels);
  return depth;
}

}  // namespace panohead::test
