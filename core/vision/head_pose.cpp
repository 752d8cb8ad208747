#include "core/vision/head_pose.h"

#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;
constexpr double kMeshYaw = 45;  // degrees, up to which the mesh is better than headTurn

/// Of the camera seen from the origin: the line of sight to it counts, so that a shift of the head in the
/// picture disturbs nothing. Columns of `axes` are the camera's right, down and forward in the world.
PoseAngles anglesOf(const cv::Matx33d& axes, const cv::Vec3d& position) {
  const cv::Vec3d right = (-position).cross(cv::Vec3d(0, 1, 0));
  return {kDegrees * std::atan2(position[0], position[2]),
          kDegrees * std::asin(position[1] / cv::norm(position)),
          kDegrees * std::atan2(right.dot(axes.col(1)), right.dot(axes.col(0)))};
}

cv::Matx33d nearestRotation(const cv::Matx33d& matrix) {
  cv::Matx31d w;
  cv::Matx33d u;
  cv::Matx33d vt;
  cv::SVD::compute(matrix, w, u, vt);
  return u * cv::Matx33d::diag({1, 1, cv::determinant(u * vt)}) * vt;
}

/// What head_turn says of one crop: a rotation from world to camera, the head's origin from the crop's centre
/// in sides, and the logarithm of the aligned square's side over the crop's.
struct Turn {
  cv::Matx33d rotation;
  cv::Point2d offset;
  double grow = 0;
};

Turn turnOf(VisionNetworks& networks, const cv::Mat& crop) {
  const auto outputs = runNetwork(networks, VisionNetwork::HeadTurn, crop, 0);
  const auto* numbers = outputs.at("pose").ptr<float>();
  Turn turn;
  std::copy(numbers, numbers + 9, turn.rotation.val);
  turn.offset = {numbers[9], numbers[10]};
  turn.grow = double{numbers[11]};
  return turn;
}

Turn averagedWithMirror(VisionNetworks& networks, const cv::Mat& crop) {
  Turn turn = turnOf(networks, crop);
  cv::Mat mirrored;
  cv::flip(crop, mirrored, 1);
  const Turn other = turnOf(networks, mirrored);
  const cv::Matx33d mirror = cv::Matx33d::diag({-1, 1, 1});
  turn.rotation = (turn.rotation + mirror * other.rotation * mirror) * 0.5;
  turn.offset = (turn.offset + cv::Point2d(-other.offset.x, other.offset.y)) / 2;
  turn.grow = (turn.grow + other.grow) / 2;
  return turn;
}

}  // namespace

PoseInRegion poseFromPoints(const std::vector<cv::Point3d>& world, const std::vector<cv::Point2d>& seen) {
  constexpr int kRounds = 4;
  cv::Point2d low(1e30, 1e30);
  cv::Point2d high = -low;
  cv::Point2d centre(0, 0);
  for (const cv::Point2d& p : seen) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    centre += p;
  }
  centre /= static_cast<double>(seen.size());
  double size = 3 * std::max(high.x - low.x, high.y - low.y);
  PoseAngles angles;
  for (int round = 0; round < kRounds; ++round) {
    const double focal = kAlignedFocal * size;
    const cv::Matx33d camera(focal, 0, centre.x, 0, focal, centre.y, 0, 0, 1);
    cv::Vec3d r;
    cv::Vec3d t;
    cv::solvePnP(world, seen, camera, cv::noArray(), r, t, false, cv::SOLVEPNP_SQPNP);
    cv::solvePnPRefineLM(world, seen, camera, cv::noArray(), r, t);
    cv::Matx33d turn;
    cv::Rodrigues(r, turn);
    angles = anglesOf(turn.t(), -(turn.t() * t));
    const cv::Vec3d middle = camera * t;
    centre = {middle[0] / t[2], middle[1] / t[2]};
    size *= kHeadCameraRadius / cv::norm(t);
  }
  return {angles.yaw, angles.pitch, {centre, size, angles.roll / kDegrees}, 0};
}

PoseInRegion poseFromMesh(VisionNetworks& networks, const FaceMesh& mesh) {
  const FaceModel& model = faceModel(networks);
  std::vector<cv::Point3d> world;
  std::vector<cv::Point2d> seen;
  for (const int i : model.pose_indices) {
    world.push_back(model.points[static_cast<std::size_t>(i)]);
    seen.push_back(mesh.points[static_cast<std::size_t>(i)]);
  }
  return poseFromPoints(world, seen);
}

PoseInRegion headTurn(
    VisionNetworks& networks, const cv::Mat& rgb, const Region& region, JobContext& context, int passes) {
  constexpr int kSide = 256;
  PoseInRegion pose;
  pose.region = region;
  for (int pass = 0; pass < passes; ++pass) {
    context.checkpoint();
    const Cut crop = cut(rgb, pose.region, kSide, Border::Repeated);
    const Turn turn = averagedWithMirror(networks, crop.picture);
    const cv::Matx33d axes = nearestRotation(turn.rotation).t();
    const PoseAngles angles =
        anglesOf(axes, -kHeadCameraRadius * cv::Vec3d(axes(0, 2), axes(1, 2), axes(2, 2)));
    pose.yaw = angles.yaw;
    pose.pitch = angles.pitch;
    pose.change = std::hypot(turn.offset.x, turn.offset.y) + std::abs(turn.grow);
    pose.region = {crop.back((turn.offset + cv::Point2d(0.5, 0.5)) * kSide),
                   pose.region.size * std::exp(turn.grow),
                   pose.region.angle + angles.roll / kDegrees};
  }
  return pose;
}

FacePose poseOfFace(VisionNetworks& networks, const cv::Mat& rgb, const FaceMesh& mesh, JobContext& context) {
  const PoseInRegion pose = poseFromMesh(networks, mesh);
  if (std::abs(pose.yaw) < kMeshYaw) {
    return {pose, false};
  }
  return {headTurn(networks, rgb, pose.region, context), true};
}

PoseAngles anglesOfLabel(const CameraLabel& label) {
  cv::Matx33d axes;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      axes.val[3 * row + column] = double{label[4 * row + column]};
    }
  }
  return anglesOf(axes, {label[3], label[7], label[11]});
}

}  // namespace panohead
