#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/paths.h"
#include "core/base/regular_file.h"
#include "core/vision/network_pass.h"
#include "core/vision/own_network.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>

namespace panohead {

struct VisionNetworks::Loaded {
  struct Slot {
    std::mutex mutex;
    std::optional<cv::dnn::Net> net;
  };
  std::filesystem::path folder;
  std::array<Slot, 5> slots;
  OwnNetwork own;
  std::once_flag face_once;
  FaceModel face;
};

namespace {

constexpr std::array<const char*, 5> kFiles{"face_detection_short.onnx",
                                            "face_detection_full.onnx",
                                            "face_landmark.onnx",
                                            "head_turn.onnx",
                                            "selfie_segmentation.onnx"};
constexpr std::size_t kFacePoints = 468;

std::filesystem::path fileOf(const VisionNetworks::Loaded& loaded, const char* name) {
  return loaded.folder.empty() ? findResource(std::filesystem::path("models/vision") / name)
                               : loaded.folder / name;
}

cv::dnn::Net readNetwork(const std::filesystem::path& path) {
  try {
    return cv::dnn::readNetFromONNX(path.string());
  } catch (const cv::Exception& failure) {
    throw CheckpointError(fmt::format("the network '{}' cannot be read", path.string()),
                          "install the program again: the file is missing or damaged",
                          failure.what());
  }
}

FaceModel readFaceModel(const std::filesystem::path& path) {
  FaceModel model;
  try {
    const nlohmann::json json = parseJson(readTextFile(path, 10'000'000).text);
    for (const auto& point : json.at("points")) {
      model.points.emplace_back(point.at(0), point.at(1), point.at(2));
    }
    model.pose_indices = json.at("pose_indices").get<std::vector<int>>();
  } catch (const nlohmann::json::exception& failure) {
    throw CheckpointError(fmt::format("the face model '{}' cannot be read", path.string()),
                          "install the program again: the file is missing or damaged",
                          failure.what());
  }
  const auto known = [](int i) { return i >= 0 && i < static_cast<int>(kFacePoints); };
  if (model.points.size() != kFacePoints || model.pose_indices.size() < 6 ||
      !std::ranges::all_of(model.pose_indices, known)) {
    throw CheckpointError(
        fmt::format("the face model '{}' does not fit the network of the face", path.string()),
        "install the program again");
  }
  return model;
}

}  // namespace

VisionNetworks::VisionNetworks(std::filesystem::path folder) : loaded_(std::make_unique<Loaded>()) {
  loaded_->folder = std::move(folder);
  // The workers share the cores already, one pass each; and it keeps results the same on every machine.
  cv::setNumThreads(1);
}

VisionNetworks::~VisionNetworks() = default;

std::map<std::string, cv::Mat> runNetwork(VisionNetworks& networks,
                                          VisionNetwork which,
                                          const cv::Mat& rgb,
                                          double low) {
  VisionNetworks::Loaded& loaded = networks.loaded();
  const auto index = static_cast<std::size_t>(which);
  VisionNetworks::Loaded::Slot& slot = loaded.slots[index];
  const std::lock_guard lock(slot.mutex);
  if (!slot.net) {
    slot.net = readNetwork(fileOf(loaded, kFiles[index]));
  }
  cv::Mat scaled;
  rgb.convertTo(scaled, CV_32F, (1 - low) / 255);
  scaled += cv::Scalar::all(low);  // by itself, rounded twice as in the reference
  slot.net->setInput(cv::dnn::blobFromImage(scaled));
  const std::vector<std::string> names = slot.net->getUnconnectedOutLayersNames();
  std::vector<cv::Mat> results;
  slot.net->forward(results, names);
  std::map<std::string, cv::Mat> outputs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    outputs[names[i]] = results[i].clone();  // the network's own memory is overwritten by its next pass
  }
  return outputs;
}

OwnNetwork& ownNetwork(VisionNetworks& networks) { return networks.loaded().own; }

const FaceModel& faceModel(VisionNetworks& networks) {
  VisionNetworks::Loaded& loaded = networks.loaded();
  std::call_once(loaded.face_once,
                 [&] { loaded.face = readFaceModel(fileOf(loaded, "landmarks3d_face.json")); });
  return loaded.face;
}

cv::Mat viewOf(const Image& image) {
  return {image.height, image.width, CV_8UC(image.channels), const_cast<std::uint8_t*>(image.pixels.data())};
}

cv::Mat rgbOf(const Image& image) {
  const cv::Mat view = viewOf(image);
  if (image.channels == 3) {
    return view;
  }
  cv::Mat rgb;
  cv::cvtColor(view, rgb, image.channels == 1 ? cv::COLOR_GRAY2RGB : cv::COLOR_RGBA2RGB);
  return rgb;
}

Image imageOf(const cv::Mat& matrix) {
  Image image(matrix.cols, matrix.rows, matrix.channels());
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(image.row(y), matrix.ptr(y), image.rowBytes());
  }
  return image;
}

float sigmoid(float x) { return 1 / (1 + std::exp(-std::clamp(x, -80.0F, 80.0F))); }

}  // namespace panohead
