#pragma once

#include <glm/vec3.hpp>

#include <array>

namespace panohead {

/// Camera label of the EG3D family: 16 numbers of the row-major camera-to-world matrix (OpenCV
/// camera: x right, y down, z forward; world: y up, the face looks along +z), then 9 of the
/// row-major 3x3 intrinsics, normalised by the image size (EG3D, section 4; SPEC "Conventions").
using CameraLabel = std::array<float, 25>;

/// Pinhole intrinsics, normalised by the image size (1 = one image width).
struct Intrinsics {
  float fx = 4.2647F;
  float fy = 4.2647F;
  float cx = 0.5F;
  float cy = 0.5F;
  float skew = 0.0F;
};

inline constexpr double kHeadCameraRadius = 2.7;       // world units from the centre of the head
inline constexpr double kHeadFovDegrees = 18.8313215;  // field of view whose focal length is 4.2647

/// Normalised focal length of a field of view, with the constants of the published scripts
/// (3.14159 and 1.414), so that equal arguments give equal pictures.
/// @param fov_degrees in (0, 180), else OptionError.
double focalFromFov(double fov_degrees);

/// Inverse of focalFromFov.
double fovFromFocal(double focal);

/// Pose of the published scripts. `h` and `v` in radians; h = v = pi/2 is the frontal view; v is
/// warped (polar angle = acos(1 - 2v/pi)). The pivot only turns the view, it does not move the camera.
CameraLabel lookAtPose(
    double h, double v, const glm::dvec3& pivot, double radius, const Intrinsics& intrinsics = {});

/// A camera on a sphere around the head, in true angles.
struct OrbitView {
  double yaw_degrees = 0;    // 0 = front, 90 = camera on +x (the head's left side), any value
  double pitch_degrees = 0;  // elevation in [-89.9, 89.9], positive from above
  double roll_degrees = 0;   // turns the picture clockwise
  double radius = kHeadCameraRadius;
  double fov_degrees = kHeadFovDegrees;
  glm::dvec3 pivot{0.0};  // point looked at; the camera orbits around it (moves with it)
};

/// Label of an orbit view. For pivot 0 and roll 0 this equals lookAtPose at the same place.
CameraLabel orbitLabel(const OrbitView& view);

}  // namespace panohead
