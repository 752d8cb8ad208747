#pragma once

#include "core/base/camera.h"

namespace panohead {

/// The label of the mirrored picture: entries 1, 2, 3, 4 and 8 change sign (SPEC, "Conventions").
CameraLabel mirrorLabel(const CameraLabel& label);

/// Angles in degrees.
struct PoseAngles {
  double yaw = 0, pitch = 0, roll = 0;
};

/// The angles that the published data set filter derives from a label, its fault included: within
/// about 3.6 degrees of a yaw of 90 it says 90, and pitch and roll are noise there. For comparison with
/// published data lists; poses of cameras are better read off their position.
PoseAngles publishedPoseAngles(const CameraLabel& label);

}  // namespace panohead
