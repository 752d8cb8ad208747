#include "core/vision/face_handles.h"

#include "core/vision/head_pose.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kSmallest = 8, kFarthest = 1e6;  // pixels: squares beyond are none

/// What a pose has more than another.
HeadPose minus(const HeadPose& a, const HeadPose& b) {
  const AlignedSquare &p = a.square, &q = b.square;
  return {std::remainder(a.yaw - b.yaw, 360.0),
          a.pitch - b.pitch,
          {p.x - q.x, p.y - q.y, p.side - q.side, std::remainder(p.roll_degrees - q.roll_degrees, 360.0)}};
}

HeadPose plus(const HeadPose& a, const HeadPose& b, double share = 1) {
  const AlignedSquare &p = a.square, &q = b.square;
  return {std::remainder(a.yaw + share * b.yaw, 360.0),
          a.pitch + share * b.pitch,
          {p.x + share * q.x,
           p.y + share * q.y,
           p.side + share * q.side,
           std::remainder(p.roll_degrees + share * q.roll_degrees, 360.0)}};
}

bool isHead(const HeadPose& pose) {  // false where there is no number, too
  const AlignedSquare& square = pose.square;
  return std::abs(pose.yaw) <= 180 && std::abs(pose.pitch) < 85 && square.side > kSmallest &&
         square.side < kFarthest && std::abs(square.x) < kFarthest && std::abs(square.y) < kFarthest;
}

std::optional<HeadPose> fitOf(VisionNetworks& networks, const FacePoints& points) {
  const FaceModel& model = faceModel(networks);
  std::vector<cv::Point3d> world;
  std::vector<cv::Point2d> seen;
  for (const int handle : kFaceHandles) {
    const auto i = static_cast<std::size_t>(handle);
    world.push_back(model.points[i]);
    seen.emplace_back(points.at(i)[0], points.at(i)[1]);
  }
  try {
    const PoseInRegion found = poseFromPoints(world, seen);
    const HeadPose pose{found.yaw, found.pitch, squareOf(found.region)};
    return isHead(pose) ? std::optional(pose) : std::nullopt;
  } catch (const cv::Exception&) {  // all of them in one place, or in a line
    return std::nullopt;
  }
}

}  // namespace

FacePoints facePointsAt(VisionNetworks& networks, const HeadPose& pose) {
  const double yaw = pose.yaw * kRadians;
  const double pitch = pose.pitch * kRadians;
  const double roll = pose.square.roll_degrees * kRadians;
  const cv::Vec3d towards(
      std::sin(yaw) * std::cos(pitch), std::sin(pitch), std::cos(yaw) * std::cos(pitch));  // the camera
  const cv::Vec3d right = cv::normalize(cv::Vec3d(0, 1, 0).cross(towards));
  const cv::Vec3d down = right.cross(towards);
  FacePoints points;
  for (const cv::Point3d& point : faceModel(networks).points) {
    const cv::Vec3d place(point.x, point.y, point.z);
    const double scale =
        kAlignedFocal * pose.square.side / (kHeadCameraRadius - place.dot(towards));  // pixels
    const double x = scale * place.dot(right);
    const double y = scale * place.dot(down);
    points.push_back({static_cast<float>(pose.square.x + std::cos(roll) * x - std::sin(roll) * y),
                      static_cast<float>(pose.square.y + std::sin(roll) * x + std::cos(roll) * y)});
  }
  return points;
}

std::optional<HeadPose> poseOfHandles(VisionNetworks& networks,
                                      const FaceAsFound& found,
                                      const FacePoints& points) {
  const auto untouched = std::ranges::count_if(kFaceHandles, [&](int handle) {
    const auto i = static_cast<std::size_t>(handle);
    return points.at(i) == found.points.at(i);
  });
  const std::optional<HeadPose> now = fitOf(networks, points);
  const std::optional<HeadPose> then = fitOf(networks, found.points);
  if (!now || !then) {
    return untouched == std::ssize(kFaceHandles) ? std::optional(found.pose) : now;
  }
  const double share = static_cast<double>(untouched) / static_cast<double>(kFaceHandles.size());
  const HeadPose pose = plus(*now, minus(found.pose, *then), share);
  return isHead(pose) ? std::optional(pose) : std::nullopt;
}

std::optional<HeadPose> poseAfterMove(VisionNetworks& networks,
                                      const FaceAsFound& found,
                                      const HeadPose& pose,
                                      const FacePoints& before,
                                      const FacePoints& after) {
  const std::optional<HeadPose> then = poseOfHandles(networks, found, before);
  const std::optional<HeadPose> now = poseOfHandles(networks, found, after);
  if (!now || !then) {
    return std::nullopt;
  }
  const HeadPose moved = plus(pose, minus(*now, *then));
  return isHead(moved) ? std::optional(moved) : std::nullopt;
}

}  // namespace panohead
