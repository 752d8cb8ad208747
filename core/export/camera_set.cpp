#include "core/export/camera_set.h"

#include "core/base/atomic_file.h"

#include <nlohmann/json.hpp>

#include <span>

namespace panohead {

void writeCameraSet(const std::filesystem::path& path, const CameraSet& cameras) {
  using Json = nlohmann::ordered_json;
  Json json{{"convention", "cam2world, OpenCV axes (x right, y down, z forward); world y up, face along +z"},
            {"fps", cameras.frames_per_second},
            {"width", cameras.width},
            {"height", cameras.height},
            {"frames", Json::array()}};
  for (std::size_t i = 0; i < cameras.frames.size(); ++i) {
    const CameraLabel& label = cameras.frames[i];
    Json pose = Json::array(), intrinsics = Json::array();
    for (std::size_t row = 0; row < 4; ++row) {
      pose.push_back(std::vector<float>(label.begin() + static_cast<std::ptrdiff_t>(row * 4),
                                        label.begin() + static_cast<std::ptrdiff_t>(row * 4 + 4)));
    }
    const double scale[] = {static_cast<double>(cameras.width), static_cast<double>(cameras.height), 1};
    for (std::size_t row = 0; row < 3; ++row) {
      Json line = Json::array();
      for (std::size_t column = 0; column < 3; ++column) {
        line.push_back(label[16 + row * 3 + column] * scale[row]);
      }
      intrinsics.push_back(std::move(line));
    }
    json["frames"].push_back({{"time", static_cast<double>(i) / cameras.frames_per_second},
                              {"intrinsics", std::move(intrinsics)},
                              {"cam2world", std::move(pose)},
                              {"label", label}});
  }
  const std::string text = json.dump(1) + "\n";
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace panohead
