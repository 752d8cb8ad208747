#include "core/vision/face_finder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace panohead {
namespace {

constexpr double kBelieved = 0.5;           // score of a mesh
constexpr double kSameFace = 0.5;           // overlap of boxes
constexpr int kSmallestPart = 256;          // pixels
constexpr std::array<int, 2> kParts{2, 4};  // to a side
constexpr int kMostMeshes = 200;            // in one photo: a carpet of false finds must end

struct Box {
  cv::Point2d low{1e30, 1e30}, high{-1e30, -1e30};
  double area() const { return std::max(0.0, high.x - low.x) * std::max(0.0, high.y - low.y); }
  double width() const { return high.x - low.x; }
};

Box boxOf(const FaceMesh& mesh) {
  Box box;
  for (const cv::Point2d& p : mesh.points) {
    box.low = {std::min(box.low.x, p.x), std::min(box.low.y, p.y)};
    box.high = {std::max(box.high.x, p.x), std::max(box.high.y, p.y)};
  }
  return box;
}

/// Common area over that of the smaller box: a nose that looks like a face lies within one.
double overlap(const Box& a, const Box& b) {
  const Box common{{std::max(a.low.x, b.low.x), std::max(a.low.y, b.low.y)},
                   {std::min(a.high.x, b.high.x), std::min(a.high.y, b.high.y)}};
  const double smaller = std::min(a.area(), b.area());
  return smaller > 0 ? common.area() / smaller : 0;
}

/// Collects believed faces, each once.
class FaceCollector {
 public:
  FaceCollector(VisionNetworks& networks, const cv::Mat& rgb, int most, JobContext& context)
      : networks_(networks), rgb_(rgb), most_(most), context_(context) {}

  bool full() const { return std::ssize(faces_) >= (most_ == 1 ? 1 : kMostMeshes) || meshes_ >= kMostMeshes; }
  bool empty() const { return faces_.empty(); }

  void search(FaceRange range, const Region& region) {
    context_.checkpoint();
    std::vector<DetectedFace> found = detectFaces(networks_, range, rgb_, region);
    std::ranges::stable_sort(found, std::greater{}, &DetectedFace::width);
    if (most_ == 1 && found.size() > 2) {
      found.resize(2);
    }
    for (const DetectedFace& face : found) {
      if (full()) {
        return;
      }
      if (isKnown({face.low, face.high})) {
        continue;
      }
      context_.checkpoint();
      FaceMesh mesh = findFaceMesh(networks_, rgb_, face);
      ++meshes_;
      const Box box = boxOf(mesh);
      if (mesh.score > kBelieved && !isKnown(box)) {
        faces_.push_back(std::move(mesh));
        boxes_.push_back(box);
      }
    }
  }

  std::vector<FaceMesh> largestFirst() {
    std::ranges::stable_sort(
        faces_, std::greater{}, [](const FaceMesh& mesh) { return boxOf(mesh).width(); });
    if (std::ssize(faces_) > most_) {
      faces_.resize(static_cast<std::size_t>(most_));
    }
    return std::move(faces_);
  }

 private:
  bool isKnown(const Box& box) const {
    return std::ranges::any_of(boxes_, [&](const Box& known) { return overlap(box, known) > kSameFace; });
  }

  VisionNetworks& networks_;
  const cv::Mat& rgb_;
  int most_;
  JobContext& context_;
  std::vector<FaceMesh> faces_;
  std::vector<Box> boxes_;
  int meshes_ = 0;
};

/// Squares over the picture, `count` to its longer side and as many between them.
std::vector<Region> partsOf(const cv::Mat& rgb, int count) {
  const double side = std::max(rgb.cols, rgb.rows) / static_cast<double>(count);
  const auto places = [side](int length) {
    const int steps = std::max(1, static_cast<int>(std::ceil(2 * length / side)) - 1);
    std::vector<double> centres;
    for (int i = 0; i < steps; ++i) {
      centres.push_back(steps == 1 ? length / 2.0 : side / 2 + (length - side) * i / (steps - 1));
    }
    return centres;
  };
  std::vector<Region> parts;
  for (const double y : places(rgb.rows)) {
    for (const double x : places(rgb.cols)) {
      parts.push_back({{x, y}, side, 0});
    }
  }
  return parts;
}

}  // namespace

std::vector<FaceMesh> findFaces(VisionNetworks& networks, const cv::Mat& rgb, int most, JobContext& context) {
  struct Look {
    FaceRange range;
    double pad;
  };
  FaceCollector faces(networks, rgb, most, context);
  for (const auto& [range, pad] : {Look{FaceRange::Short, 1.5},
                                   Look{FaceRange::Full, 1.5},
                                   Look{FaceRange::Full, 1.0},
                                   Look{FaceRange::Short, 1.0}}) {
    if (!faces.full()) {
      faces.search(range, wholeOf(rgb, pad));
    }
  }
  for (const int count : kParts) {
    if (std::max(rgb.cols, rgb.rows) < count * kSmallestPart || faces.full() ||
        (most == 1 && !faces.empty())) {
      continue;
    }
    for (const Region& part : partsOf(rgb, count)) {
      if (!faces.full()) {
        faces.search(FaceRange::Full, part);
      }
    }
  }
  return faces.largestFirst();
}

}  // namespace panohead
