#pragma once

#include "core/base/camera.h"

namespace panohead {

/// The square of a photo that becomes an aligned picture: the head's origin is in its middle, the head stands
/// upright in it, and with the focal length 4.2647 it is 2.7 away (the published convention). It may reach
/// beyond the photo. Photo coordinates are pixels; (0, 0) is the upper left corner of the upper left pixel.
struct AlignedSquare {
  double x = 0, y = 0;      // of its centre, pixels
  double side = 0;          // pixels
  double roll_degrees = 0;  // the head's lean, clockwise in the photo
};

/// A head as the camera of its aligned square sees it; angles in degrees.
struct HeadPose {
  double yaw = 0;    // > 0: the camera stands at +x, the head's left side
  double pitch = 0;  // > 0: the camera is above
  AlignedSquare square;
};

/// Camera label of the picture cut from a pose's square: at distance 2.7, upright.
/// @param pitch_offset degrees, what the model adds to call the same direction straight ahead
///        (ModelInfo::pose_offset_pitch)
inline CameraLabel alignedCamera(const HeadPose& pose, double pitch_offset = 0) {
  return orbitLabel({.yaw_degrees = pose.yaw, .pitch_degrees = pose.pitch + pitch_offset});
}

}  // namespace panohead
