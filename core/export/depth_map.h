#pragma once

#include "core/base/camera.h"
#include "core/base/image.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace panohead {

/// Distances along the camera's axis (z of the camera, not along the ray), as reconstruction tools take them.
struct DepthMap {
  int size = 0;          // pixels on a side
  std::vector<float> z;  // [size^2] world units; 0 = nothing is seen there
};

/// @param along_rays [size^2] world units along the ray  @param mask [size^2]; below a half nothing is seen
DepthMap depthMap(const CameraLabel& camera,
                  int size,
                  std::span<const float> along_rays,
                  std::span<const float> mask);

/// World units of one step of a depth file: 0 .. 65535 reach 6.5 world units, a head being about 0.5 wide.
inline constexpr double kDepthUnit = 1e-4;

/// A 16-bit grey PNG: round(z / kDepthUnit); 0 where nothing is seen or z is too far. Throws SaveError.
void writeDepthPng(const std::filesystem::path& path, const DepthMap& depth);

struct ColouredPoint {
  glm::vec3 position{0.0F};  // world units
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// The points of a depth map that lie on a smooth part of the surface (depth varies by less than 0.03 world
/// units over 3 x 3 pixels, all of them seen), with the colours of the picture. Every `stride`-th of them.
/// @param picture of the same camera, any size
void addPoints(std::vector<ColouredPoint>& points,
               const DepthMap& depth,
               const CameraLabel& camera,
               const Image& picture,
               int stride,
               int first = 0);

}  // namespace panohead
