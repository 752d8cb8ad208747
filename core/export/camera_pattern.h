#pragma once

#include "core/base/camera.h"

#include <vector>

namespace panohead {

/// Where cameras stand around a head.
struct CameraPattern {
  enum class Kind {
    Rings,  // horizontal circles, one at each pitch, each turned against the one below
    Sphere  // evenly over the part of a sphere between the lowest and the highest pitch (Fibonacci spiral)
  };
  Kind kind = Kind::Rings;
  int count = 60;                           // cameras in all, 1 .. 10000
  std::vector<double> pitches{-20, 0, 20};  // degrees of elevation, in [-89, 89]
  double radius = kHeadCameraRadius;        // world units from the pivot
  double fov_degrees = kHeadFovDegrees;
  glm::dvec3 pivot{0.0};
  void check() const;  // throws OptionError naming the option
};

/// The first camera of the first ring looks at the face.
std::vector<OrbitView> placeCameras(const CameraPattern& pattern);

}  // namespace panohead
