#include "core/export/camera_set.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>
#include <glm/vec3.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace panohead {
namespace {

constexpr std::size_t kMostCameras = 1'000'000;
constexpr std::uint64_t kMostBytes = 2'000'000'000;  // of so many

CameraFileError unreadable(const std::filesystem::path& path, const std::string& why) {
  return CameraFileError(fmt::format("cannot read the cameras '{}': {}", path.string(), why),
                         "give a file that 'Save cameras' or the command views has written");
}

/// Rotation and position of a 4 x 4 matrix as the first 16 numbers of a label. @param flip its camera looks
/// along -z, with y up
void setPose(CameraLabel& label, const nlohmann::json& matrix, bool flip) {
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      const double sign = flip && (column == 1 || column == 2) ? -1 : 1;
      label[row * 4 + column] = static_cast<float>(sign * matrix.at(row).at(column).get<double>());
    }
  }
}

CameraLabel ofTransforms(const nlohmann::json& file, const nlohmann::json& frame) {
  const auto number = [&](const char* name) {
    return (frame.contains(name) ? frame : file).at(name).get<double>();
  };
  CameraLabel label{};
  setPose(label, frame.at("transform_matrix"), true);
  const double width = number("w"), height = number("h");
  label[16] = static_cast<float>(number("fl_x") / width);
  label[18] = static_cast<float>(number("cx") / width);
  label[20] = static_cast<float>(number("fl_y") / height);
  label[21] = static_cast<float>(number("cy") / height);
  label[24] = 1;
  return label;
}

/// What of it no camera has; null: it is one.
const char* faultOf(const CameraLabel& label) {
  constexpr float kExact = 1e-3F, kMostSkew = 0.1F;  // of the focal length; lenses of photos have none
  const auto is = [&label](std::size_t i, float value) { return std::abs(label[i] - value) <= kExact; };
  if (!std::ranges::all_of(label, [](float number) { return std::isfinite(number); })) {
    return "a number is not finite";
  }
  if (!is(12, 0) || !is(13, 0) || !is(14, 0) || !is(15, 1)) {
    return "the last row of its pose is not (0, 0, 0, 1)";
  }
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      const double dot = double{label[a]} * label[b] + double{label[4 + a]} * label[4 + b] +
                         double{label[8 + a]} * label[8 + b];
      if (std::abs(dot - (a == b ? 1 : 0)) > 1e-2) {
        return "its pose is no rotation";
      }
    }
  }
  const auto axis = [&label](std::size_t a) { return glm::dvec3(label[a], label[4 + a], label[8 + a]); };
  if (glm::dot(glm::cross(axis(0), axis(1)), axis(2)) < 0) {
    return "its pose is mirrored";
  }
  if (label[16] <= 0.05F || label[20] <= 0.05F) {
    return "its focal length is too small";
  }
  if (!is(19, 0) || !is(22, 0) || !is(23, 0) || !is(24, 1)) {
    return "its intrinsics are not of the form (f, s, c; 0, f, c; 0, 0, 1)";
  }
  return std::abs(label[17]) > kMostSkew * label[16] ? "its skew is too large" : nullptr;
}

}  // namespace

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
  writeText(path, json.dump(1) + "\n");
}

CameraSet readCameraSet(const std::filesystem::path& path) {
  const TextFile file = readTextFile(path, kMostBytes);
  if (!file.isRead()) {
    throw unreadable(path, file.fault);
  }
  try {
    const nlohmann::json json = parseJson(file.text);
    CameraSet set;
    set.frames_per_second = json.value("fps", 30.0);
    const bool transforms = json.contains("fl_x") || json.contains("camera_model");
    set.width = json.value(transforms ? "w" : "width", 0);
    set.height = json.value(transforms ? "h" : "height", 0);
    if (!(set.frames_per_second >= 1 && set.frames_per_second <= 240)) {
      throw unreadable(path, fmt::format("{} frames per second cannot be played", set.frames_per_second));
    }
    if (json.at("frames").size() > kMostCameras) {
      throw unreadable(path, fmt::format("it has more than {} cameras", kMostCameras));
    }
    for (const nlohmann::json& frame : json.at("frames")) {
      const CameraLabel label = transforms ? ofTransforms(json, frame) : frame.at("label").get<CameraLabel>();
      if (const char* fault = faultOf(label)) {
        throw unreadable(path, fmt::format("camera {} is none: {}", set.frames.size(), fault));
      }
      set.frames.push_back(label);
    }
    return set;
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(path, error.what());
  }
}

}  // namespace panohead
