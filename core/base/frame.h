#pragma once

#include "core/base/device_picture.h"
#include "core/base/image.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Wall time of one stage of a frame ("volume rendering", "super-resolution", ...).
struct StageTime {
  std::string stage;
  double milliseconds = 0;
};

/// Sum over the stages.
double totalMilliseconds(std::span<const StageTime> times) noexcept;

/// The only thing that travels from compute to screen or file: a finished picture of a head.
struct Frame {
  Image picture;                           // RGB, or RGBA with straight alpha when the background is none
  std::optional<DevicePicture> on_device;  // the same picture; only where it was asked for and a GPU drew it
  int neural_resolution = 0;               // pixels on a side of the volume-rendered image
  std::vector<float> depth;  // [neural_resolution^2] world units along the ray, row 0 at the top
  std::vector<float> mask;   // [neural_resolution^2] foreground weight in [0, 1]
  int samples_per_ray = 0;   // coarse + fine
  std::vector<StageTime> times;
  std::string device;         // what drew it, as drawnBy() says it (core/session/studio.h)
  std::uint64_t request = 0;  // number of the request this frame answers (newest wins)
  bool refined = true;        // false for a coarse frame drawn while the camera moves
};

}  // namespace panohead
