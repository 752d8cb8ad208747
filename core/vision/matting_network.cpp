#include "core/vision/matting_network.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/vision/onnx_input.h"
#include "core/vision/own_network.h"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace panohead {
namespace {

constexpr int kDefaultSide = 512;

/// Side of the square input that the file states; 0 when it leaves it open.
int statedSide(std::span<const std::byte> file) {
  const std::vector<std::int64_t> shape = onnxInputShape(file);
  const bool square = shape.size() == 4 && shape[2] == shape[3] && shape[2] > 1 && shape[2] <= 4096;
  return square ? static_cast<int>(shape[2]) : 0;
}

/// The first output that is one picture of probabilities.
cv::Mat pictureAmong(const std::vector<cv::Mat>& outputs) {
  for (const cv::Mat& output : outputs) {
    if (output.dims >= 2) {
      const int rows = output.size[output.dims - 2];
      const int columns = output.size[output.dims - 1];
      if (rows > 1 && columns > 1 &&
          output.total() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
        return output.reshape(1, rows);
      }
    }
  }
  return {};
}

}  // namespace

cv::Mat mattingMask(VisionNetworks& networks,
                    const std::filesystem::path& path,
                    int side,
                    const cv::Mat& rgb) {
  const auto refuse = [&](const std::string& why, const std::string& detail) {
    throw CheckpointError(
        fmt::format("the matting network '{}' {}", path.string(), why),
        "expected an ONNX file with one input [1, 3, side, side] of RGB in 0..1 and an output of one "
        "channel; leave it out to use the network that ships with the program",
        detail);
  };
  OwnNetwork& own = ownNetwork(networks);
  const std::lock_guard lock(own.mutex);
  cv::Mat mask;
  try {
    std::error_code missing;
    const auto written = std::filesystem::last_write_time(path, missing);
    if (!own.net || own.path != path || missing || own.written != written) {
      own.net.reset();
      const std::vector<std::byte> file = readPictureFile(path);
      own.stated_side = statedSide(file);
      own.net = cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(file.data()), file.size());
      own.path = path;
      own.written = written;
    }
    cv::dnn::Net& net = *own.net;
    const int input = side > 0 ? side : own.stated_side > 0 ? own.stated_side : kDefaultSide;
    cv::Mat small;
    const bool shrinks = std::min(rgb.rows, rgb.cols) > input;
    cv::resize(rgb, small, {input, input}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    net.setInput(cv::dnn::blobFromImage(small, 1.0 / 255));
    std::vector<cv::Mat> outputs;
    net.forward(outputs, net.getUnconnectedOutLayersNames());
    mask = pictureAmong(outputs).clone();
  } catch (const ImageError& error) {
    refuse("cannot be read", error.what());
  } catch (const cv::Exception& failure) {
    own.net.reset();
    refuse("cannot be read or run", failure.what());
  }
  if (mask.empty() || mask.type() != CV_32F) {
    refuse("has no output that could be a mask", {});
  }
  cv::resize(mask, mask, rgb.size(), 0, 0, cv::INTER_LINEAR);
  cv::patchNaNs(mask, 0);
  cv::Mat bounded;
  cv::min(cv::max(mask, 0), 1, bounded);
  return bounded;
}

}  // namespace panohead
