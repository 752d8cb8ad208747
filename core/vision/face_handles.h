#pragma once

#include "core/vision/aligned_square.h"
#include "core/vision/vision_networks.h"

#include <array>
#include <optional>
#include <vector>

namespace panohead {

/// Points of a face in a photo, pixels: 468, numbered as the mesh of the face is.
using FacePoints = std::vector<std::array<float, 2>>;

/// Points that people can place by hand: each easy to see, and together enough for a pose. Left and right are
/// the person's own: forehead, bridge and tip of the nose, chin; right eye's outer and inner corner, left
/// eye's inner and outer one; right and left corner of the mouth; face's edge at the right and left ear.
inline constexpr std::array kFaceHandles{10, 168, 4, 152, 33, 133, 362, 263, 61, 291, 234, 454};

/// Where the points of an average face are for a head of that pose: where to begin when none were found.
FacePoints facePointsAt(VisionNetworks& networks, const HeadPose& pose);

/// A face as it was found, for what its corrections are measured against.
struct FaceAsFound {
  HeadPose pose;
  FacePoints points;
};

/// The pose when handles were corrected: a perspective fit of the handles alone. What it says of the face as
/// found is no better than the pose of all points, or of the network for any direction, so that its error
/// there is taken off, in full without a correction and by less the more handles were placed. Takes 2 ms.
/// @param points as many as were found. Empty result: no head looks like that.
std::optional<HeadPose> poseOfHandles(VisionNetworks& networks,
                                      const FaceAsFound& found,
                                      const FacePoints& points);

/// A pose that was corrected by other means, too, after handles were moved from `before` to `after`: changed
/// as poseOfHandles() changes. Empty: no head looks like that.
std::optional<HeadPose> poseAfterMove(VisionNetworks& networks,
                                      const FaceAsFound& found,
                                      const HeadPose& pose,
                                      const FacePoints& before,
                                      const FacePoints& after);

}  // namespace panohead
