#include "core/vision/face_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace panohead {
namespace {

constexpr float kThreshold = 0.5F;
constexpr double kOverlap = 0.3;
constexpr std::size_t kNumbers = 16;  // of a box: centre, size, then six points

struct AnchorLayer {
  int cells = 0;  // a row
  int per_cell = 0;
};

/// Centres in [0, 1] in the order of the outputs: rows, columns, anchors of a cell (all in its middle).
std::vector<cv::Point2d> anchorCentres(FaceRange range) {
  const std::vector<AnchorLayer> layers = range == FaceRange::Short
                                              ? std::vector<AnchorLayer>{{16, 2}, {8, 6}}
                                              : std::vector<AnchorLayer>{{48, 1}};
  std::vector<cv::Point2d> centres;
  for (const auto& [cells, per_cell] : layers) {
    for (int y = 0; y < cells; ++y) {
      for (int x = 0; x < cells; ++x) {
        centres.insert(centres.end(),
                       static_cast<std::size_t>(per_cell),
                       cv::Point2d((x + 0.5) / cells, (y + 0.5) / cells));
      }
    }
  }
  return centres;
}

/// One anchor's answer in [0, 1] of the crop.
struct Box {
  double score = 0;
  cv::Point2d low, high;
  std::array<cv::Point2d, 6> points;

  double area() const { return (high.x - low.x) * (high.y - low.y); }
};

double overlap(const Box& a, const Box& b) {
  const double width = std::max(0.0, std::min(a.high.x, b.high.x) - std::max(a.low.x, b.low.x));
  const double height = std::max(0.0, std::min(a.high.y, b.high.y) - std::max(a.low.y, b.low.y));
  const double common = width * height;
  const double all = a.area() + b.area() - common;
  return all > 0 ? common / all : 0;
}

/// In single precision as far as the reference does it: the last digit moves what is cut out for the points
/// next.
Box readBox(const float* numbers, const cv::Point2d& anchor, int side, float score) {
  const auto pair = [&](std::size_t i) {
    return cv::Point2d(numbers[i] / static_cast<float>(side), numbers[i + 1] / static_cast<float>(side));
  };
  Box box;
  box.score = score;
  const cv::Point2d centre = pair(0) + anchor;
  const cv::Point2d half = pair(2) / 2;
  box.low = centre - half;
  box.high = centre + half;
  for (std::size_t i = 0; i < box.points.size(); ++i) {
    box.points[i] = pair(4 + 2 * i) + anchor;
  }
  return box;
}

/// Mean of boxes that mean one face, weighted by their scores; the best one's score.
Box averaged(const std::vector<Box>& group) {
  Box mean;
  float weight = 0;
  for (const Box& box : group) {
    mean.score = std::max(mean.score, box.score);
    weight += static_cast<float>(box.score);
    mean.low += box.score * box.low;
    mean.high += box.score * box.high;
    for (std::size_t i = 0; i < box.points.size(); ++i) {
      mean.points[i] += box.score * box.points[i];
    }
  }
  mean.low /= double{weight};
  mean.high /= double{weight};
  for (cv::Point2d& point : mean.points) {
    point /= double{weight};
  }
  return mean;
}

}  // namespace

std::vector<DetectedFace> detectFaces(VisionNetworks& networks,
                                      FaceRange range,
                                      const cv::Mat& rgb,
                                      const Region& region) {
  const int side = range == FaceRange::Short ? 128 : 192;
  const Cut crop = cut(rgb, region, side, Border::Zero);
  const auto outputs =
      runNetwork(networks,
                 range == FaceRange::Short ? VisionNetwork::FaceShort : VisionNetwork::FaceFull,
                 crop.picture,
                 -1);
  const auto* logits = outputs.at("scores").ptr<float>();
  const auto* numbers = outputs.at("boxes").ptr<float>();

  const std::vector<cv::Point2d> anchors = anchorCentres(range);
  std::vector<Box> left;
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    if (const float score = sigmoid(logits[i]); score >= kThreshold) {
      left.push_back(readBox(numbers + kNumbers * i, anchors[i], side, score));
    }
  }
  std::ranges::stable_sort(left, std::greater{}, &Box::score);
  std::vector<DetectedFace> faces;
  while (!left.empty()) {
    const Box best = left.front();
    std::vector<Box> group{best};
    std::vector<Box> others;
    for (std::size_t i = 1; i < left.size(); ++i) {
      (overlap(best, left[i]) > kOverlap ? group : others).push_back(left[i]);
    }
    left = std::move(others);
    const Box mean = averaged(group);
    DetectedFace face;
    face.score = mean.score;
    face.low = crop.back(mean.low * side);
    face.high = crop.back(mean.high * side);
    for (std::size_t i = 0; i < face.points.size(); ++i) {
      face.points[i] = crop.back(mean.points[i] * side);
    }
    faces.push_back(face);
  }
  return faces;
}

}  // namespace panohead
