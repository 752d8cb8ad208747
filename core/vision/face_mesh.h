#pragma once

#include "core/vision/face_detector.h"

#include <vector>

namespace panohead {

struct FaceMesh {
  std::vector<cv::Point2d> points;  // 468, pixels of the picture
  double score = 0;                 // 0..1: is it a face?
};

/// The 468 points of a detected face; two passes, the second around what the first found. On a low score the
/// passes end early.
FaceMesh findFaceMesh(VisionNetworks& networks, const cv::Mat& rgb, const DetectedFace& face);

}  // namespace panohead
