#pragma once

#include "core/base/image.h"
#include "core/vision/vision_networks.h"

#include <opencv2/core/mat.hpp>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace panohead {

enum class VisionNetwork { FaceShort, FaceFull, FaceMesh, HeadTurn, Selfie };

/// One pass; outputs by their names in the file.
/// @param rgb 8-bit picture of exactly the network's input size
/// @param low the value of black: 0 scales to [0, 1], -1 to [-1, 1]
std::map<std::string, cv::Mat> runNetwork(VisionNetworks& networks,
                                          VisionNetwork which,
                                          const cv::Mat& rgb,
                                          double low);

/// Mean places of the 468 points of a face in the world frame, and which of them tell the pose best.
struct FaceModel {
  std::vector<cv::Point3d> points;
  std::vector<int> pose_indices;
};
const FaceModel& faceModel(VisionNetworks& networks);

/// The pixels of an image as a matrix, not copied.
cv::Mat viewOf(const Image& image);
/// 8-bit RGB of an image of any channel count.
cv::Mat rgbOf(const Image& image);
Image imageOf(const cv::Mat& matrix);

float sigmoid(float x);

}  // namespace panohead
