#include "core/filming/camera_keys.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>
#include <glm/trigonometric.hpp>
#include <glm/vec2.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace panohead {
namespace {

constexpr std::size_t kMostCameras = 10'000;
constexpr double kCloseness = 0.005;  // of a picture's width

/// The same angle, at most half a turn from another.
double nearTo(double angle, double other) { return other + std::remainder(angle - other, 360.0); }

glm::dvec3 column(const CameraLabel& camera, std::size_t i) {
  return {camera[i], camera[4 + i], camera[8 + i]};
}

/// Where a point is seen, in widths of a picture from its middle; what is not in front: far away.
glm::dvec2 seen(const CameraLabel& camera, const glm::dvec3& point) {
  const glm::dvec3 away = point - column(camera, 3);
  const double depth = glm::dot(away, column(camera, 2));
  return depth > 0.1 ? glm::dvec2(glm::dot(away, column(camera, 0)) * camera[16] / depth,
                                  glm::dot(away, column(camera, 1)) * camera[20] / depth)
                     : glm::dvec2(1e3 + depth);
}

/// How far the head is seen from where it should be, at most, in widths of a picture.
double apart(const CameraLabel& a, const CameraLabel& b) {
  constexpr double kHead = 0.4;  // world units
  double far = 0;
  for (int i = 0; i < 8; ++i) {
    const auto side = [i](int bit) { return (i & bit) != 0 ? kHead : -kHead; };
    const glm::dvec3 corner(side(1), side(2), side(4));
    far = std::max(far, glm::distance(seen(a, corner), seen(b, corner)));
  }
  return far;
}

}  // namespace

OrbitView orbitOfLabel(const CameraLabel& label) {
  constexpr double kMaxPitchDegrees = 89.9;  // as orbitLabel() has it
  const glm::dvec3 right = column(label, 0), forward = glm::normalize(column(label, 2));
  const glm::dvec3 origin = column(label, 3);
  OrbitView view;
  const double ahead = -glm::dot(origin, forward);  // of the point nearest to the middle
  view.radius = ahead > 0.1 ? ahead : kHeadCameraRadius;
  view.pivot = origin + view.radius * forward;
  if (glm::length(view.pivot) < 1e-5) {  // labels are float32
    view.pivot = glm::dvec3(0);
  }
  const double pitch = glm::degrees(std::asin(std::clamp(-forward.y, -1.0, 1.0)));
  view.pitch_degrees = std::clamp(pitch, -kMaxPitchDegrees, kMaxPitchDegrees);
  if (std::hypot(forward.x, forward.z) > 1e-6) {
    view.yaw_degrees = glm::degrees(std::atan2(-forward.x, -forward.z));
  }
  view.fov_degrees = fovFromFocal((double{label[16]} + label[20]) / 2);
  const CameraLabel upright = orbitLabel(view);
  view.roll_degrees =
      glm::degrees(std::atan2(-glm::dot(right, column(upright, 1)), glm::dot(right, column(upright, 0))));
  return view;
}

KeyFrames keyFramesOf(const CameraSet& cameras, const HeadOptions& head, JobContext& context) {
  const std::size_t count = cameras.frames.size();
  if (count == 0 || count > kMostCameras) {
    throw OptionError(count == 0 ? std::string("the file holds no camera")
                                 : fmt::format("{} cameras are too many for a time line", count),
                      fmt::format("give a file with 1 to {} cameras", kMostCameras));
  }
  std::vector<KeyFrame> all;
  for (std::size_t i = 0; i < count; ++i) {
    OrbitView view = orbitOfLabel(cameras.frames[i]);
    if (i > 0) {
      const OrbitView& before = all.back().camera;
      view.yaw_degrees = nearTo(view.yaw_degrees, before.yaw_degrees);
      view.roll_degrees = nearTo(view.roll_degrees, before.roll_degrees);
    }
    all.push_back({static_cast<double>(i) / cameras.frames_per_second, view, head});
  }
  KeyFrames path;
  std::vector<bool> taken(count, false);
  const auto take = [&](std::size_t i) {
    path.set(all[i]);
    taken[i] = true;
  };
  take(0);
  take(count - 1);
  // Every pass adds the worst camera between two key frames, until none is far from the path.
  for (bool added = true; added;) {
    context.checkpoint();
    std::vector<std::size_t> worst;
    double most = kCloseness;
    std::size_t place = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (taken[i]) {
        if (most > kCloseness) {
          worst.push_back(place);
        }
        most = kCloseness;
      } else if (const double far = apart(orbitLabel(path.at(all[i].seconds).camera), cameras.frames[i]);
                 far > most) {
        most = far;
        place = i;
      }
    }
    for (const std::size_t i : worst) {
      take(i);
    }
    added = !worst.empty();
  }
  return path;
}

}  // namespace panohead
