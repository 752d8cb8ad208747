#include "core/vision/selfie_mask.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace panohead {

cv::Mat selfieMask(VisionNetworks& networks, const cv::Mat& rgb) {
  constexpr int kSide = 256;
  cv::Mat small;
  cv::resize(rgb,
             small,
             {kSide, kSide},
             0,
             0,
             std::min(rgb.rows, rgb.cols) > kSide ? cv::INTER_AREA : cv::INTER_LINEAR);
  const cv::Mat answer = runNetwork(networks, VisionNetwork::Selfie, small, 0).at("mask").reshape(1, kSide);
  cv::Mat mask;
  cv::resize(answer, mask, rgb.size(), 0, 0, cv::INTER_LINEAR);
  return mask;
}

}  // namespace panohead
