#include "core/vision/photo_alignment.h"

#include "core/base/error.h"
#include "core/vision/face_finder.h"
#include "core/vision/head_finder.h"
#include "core/vision/photo_checks.h"
#include "core/vision/selfie_mask.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead {
namespace {

constexpr double kFarthest = 1e6;  // pixels

void checkRange(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    throw OptionError(fmt::format("{} is {}, which is not between {} and {}", name, value, low, high));
  }
}

cv::Mat pictureOf(const Image& photo) {
  if (photo.empty()) {
    throw ImageError("the photo is empty", "choose another file");
  }
  return rgbOf(photo);
}

HeadPose poseOf(const PoseInRegion& pose) { return {pose.yaw, pose.pitch, squareOf(pose.region)}; }

FoundHead headOf(VisionNetworks& networks, const cv::Mat& rgb, const FaceMesh& mesh, JobContext& context) {
  FoundHead head;
  const auto [pose, by_turn] = poseOfFace(networks, rgb, mesh, context);
  head.found_by = by_turn ? FoundBy::FaceAndTurn : FoundBy::Face;
  head.change = pose.change;
  head.pose = poseOf(pose);
  head.face_score = mesh.score;
  for (const cv::Point2d& p : mesh.points) {
    head.landmarks.push_back({static_cast<float>(p.x), static_cast<float>(p.y)});
  }
  return head;
}

FoundHead headWithoutFace(VisionNetworks& networks, const cv::Mat& rgb, JobContext& context) {
  FoundHead head;
  context.checkpoint();
  if (const auto pose = findHead(networks, rgb, selfieMask(networks, rgb), context)) {
    head.found_by = FoundBy::PersonOutline;
    head.pose = poseOf(*pose);
    head.change = pose->change;
    return head;
  }
  head.pose.square = squareOf({{rgb.cols / 2.0, rgb.rows / 2.0}, 0.8 * std::min(rgb.cols, rgb.rows), 0});
  return head;
}

}  // namespace

void AlignmentOptions::check() const {
  checkRange("the most heads of a photo", most_heads, 1, 64);
  checkRange("the smallest side of a head", smallest_side, 16, 4096);
  checkRange("the least sharpness", least_sharpness, 0, 1);
  checkRange("the most that may lie outside", most_outside, 0, 1);
}

std::vector<FoundHead> alignPhoto(VisionNetworks& networks,
                                  const Image& photo,
                                  const AlignmentOptions& options,
                                  JobContext& context) {
  options.check();
  const cv::Mat rgb = pictureOf(photo);
  std::vector<FoundHead> heads;
  for (const FaceMesh& mesh : findFaces(networks, rgb, options.most_heads, context)) {
    heads.push_back(headOf(networks, rgb, mesh, context));
  }
  if (heads.empty()) {
    heads.push_back(headWithoutFace(networks, rgb, context));
  }
  for (FoundHead& head : heads) {
    judge(head, rgb, options);
  }
  return heads;
}

FoundHead alignInSquare(VisionNetworks& networks,
                        const Image& photo,
                        const AlignedSquare& square,
                        const AlignmentOptions& options,
                        JobContext& context) {
  options.check();
  const cv::Mat rgb = pictureOf(photo);
  if (!(square.side >= 1 && square.side < kFarthest) ||
      !(std::abs(square.x) < kFarthest && std::abs(square.y) < kFarthest) ||
      !std::isfinite(square.roll_degrees)) {
    throw OptionError(fmt::format("a square of {} pixels at {}, {} is none", square.side, square.x, square.y),
                      "draw it around the head");
  }
  const PoseInRegion pose = headTurn(networks, rgb, regionOf(square), context);
  FoundHead head;
  head.found_by = FoundBy::Square;
  head.pose = poseOf(pose);
  head.change = pose.change;
  judge(head, rgb, options);
  return head;
}

}  // namespace panohead
