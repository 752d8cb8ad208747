#pragma once

#include "core/base/camera_label.h"
#include "core/jobs/job.h"
#include "core/vision/face_mesh.h"

namespace panohead {

/// A pose with the region that it belongs to; angles in degrees.
struct PoseInRegion {
  double yaw = 0, pitch = 0;
  Region region;      // the aligned square; its angle is the roll
  double change = 0;  // headTurn: how far the last pass moved the square, in squares and their logarithm
};

inline constexpr double kAlignedFocal = 4.2647;  // of aligned pictures, in picture widths

/// Pose of a head of which points are seen: SQPnP and Levenberg-Marquardt with the virtual camera of the
/// aligned square, which is moved until the head's origin is in its middle, 2.7 away.
/// @param world  six or more points of the head
/// @param seen   where each is in the photo, pixels
PoseInRegion poseFromPoints(const std::vector<cv::Point3d>& world, const std::vector<cv::Point2d>& seen);

/// Pose of a face by 48 of its points. Good up to 45 degrees of yaw; beyond, it bends towards the front.
PoseInRegion poseFromMesh(VisionNetworks& networks, const FaceMesh& mesh);

/// Pose of a head seen from anywhere. Every pass averages the crop and its mirror image; each after the first
/// starts from what the one before found. Throws Cancelled (asked before each pass).
/// @param region roughly the aligned square
PoseInRegion headTurn(
    VisionNetworks& networks, const cv::Mat& rgb, const Region& region, JobContext& context, int passes = 2);

struct FacePose {
  PoseInRegion pose;
  bool by_turn = false;  // by headTurn, from the mesh's square
};

/// Pose of a face: poseFromMesh up to 45 degrees of yaw, beyond them headTurn. Throws Cancelled.
FacePose poseOfFace(VisionNetworks& networks, const cv::Mat& rgb, const FaceMesh& mesh, JobContext& context);

/// Yaw, pitch and roll of a label's camera, by its line of sight to the origin.
PoseAngles anglesOfLabel(const CameraLabel& label);

}  // namespace panohead
