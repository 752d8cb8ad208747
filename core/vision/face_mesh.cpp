#include "core/vision/face_mesh.h"

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

constexpr double kScale = 1.5;  // of the region: the face and some room
constexpr int kSide = 192;
constexpr std::size_t kPoints = 468;
constexpr double kHopeless = 0.1;  // score under which another pass will not help

/// Square around the box, turned so that the eyes are level.
Region faceRegion(const DetectedFace& face) {
  const cv::Point2d across = face.points[1] - face.points[0];
  return {(face.low + face.high) / 2,
          kScale * std::max(face.high.x - face.low.x, face.high.y - face.low.y),
          std::atan2(across.y, across.x)};
}

/// The same around 468 points, in the turned frame of the outer eye corners.
Region meshRegion(const std::vector<cv::Point2d>& mesh) {
  const cv::Point2d across = mesh[263] - mesh[33];
  const double angle = std::atan2(across.y, across.x);
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  cv::Point2d low(1e30, 1e30);
  cv::Point2d high = -low;
  for (const cv::Point2d& p : mesh) {
    const cv::Point2d turned(c * p.x + s * p.y, -s * p.x + c * p.y);
    low = {std::min(low.x, turned.x), std::min(low.y, turned.y)};
    high = {std::max(high.x, turned.x), std::max(high.y, turned.y)};
  }
  const cv::Point2d middle = (low + high) / 2;
  return {{c * middle.x - s * middle.y, s * middle.x + c * middle.y},
          kScale * std::max(high.x - low.x, high.y - low.y),
          angle};
}

}  // namespace

FaceMesh findFaceMesh(VisionNetworks& networks, const cv::Mat& rgb, const DetectedFace& face) {
  FaceMesh mesh;
  mesh.points.resize(kPoints);
  Region region = faceRegion(face);
  for (int pass = 0; pass < 2; ++pass) {
    const Cut crop = cut(rgb, region, kSide, Border::Repeated);
    const auto outputs = runNetwork(networks, VisionNetwork::FaceMesh, crop.picture, 0);
    const auto* numbers = outputs.at("landmarks").ptr<float>();
    for (std::size_t i = 0; i < kPoints; ++i) {
      mesh.points[i] = crop.back({numbers[3 * i], numbers[3 * i + 1]});
    }
    mesh.score = double{sigmoid(*outputs.at("score").ptr<float>())};
    if (mesh.score < kHopeless) {
      break;
    }
    region = meshRegion(mesh.points);
  }
  return mesh;
}

}  // namespace panohead
