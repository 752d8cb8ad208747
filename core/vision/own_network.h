#pragma once

#include "core/vision/vision_networks.h"

#include <opencv2/dnn.hpp>

#include <filesystem>
#include <mutex>
#include <optional>

namespace panohead {

/// A matting network of the user's own, kept from picture to picture, and the file that it was read from.
struct OwnNetwork {
  std::mutex mutex;  // of all that follows
  std::filesystem::path path;
  std::filesystem::file_time_type written;
  int stated_side = 0;  // of its input, pixels; 0: the file leaves it open
  std::optional<cv::dnn::Net> net;
};

/// The one that was used last.
OwnNetwork& ownNetwork(VisionNetworks& networks);

}  // namespace panohead
