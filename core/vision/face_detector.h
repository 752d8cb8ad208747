#pragma once

#include "core/vision/network_pass.h"
#include "core/vision/region.h"

#include <vector>

namespace panohead {

struct DetectedFace {
  double score = 0;                   // 0..1
  cv::Point2d low, high;              // corners of its box in the picture, pixels
  std::array<cv::Point2d, 6> points;  // the person's right eye, left eye, nose, mouth, right ear, left ear
  double width() const { return high.x - low.x; }
};

enum class FaceRange { Short, Full };

/// Faces in a region of a picture, surest first: anchors, threshold 0.5 and an averaging suppression of what
/// overlaps by 0.3 (MediaPipe's face detectors, see resources/models/vision).
std::vector<DetectedFace> detectFaces(VisionNetworks& networks,
                                      FaceRange range,
                                      const cv::Mat& rgb,
                                      const Region& region);

}  // namespace panohead
