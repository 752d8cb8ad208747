#pragma once

#include "core/base/camera.h"
#include "core/base/frame.h"

#include <optional>

namespace panohead {

/// The point of the head's surface at a place of the picture, world units; nothing where the mask is below a
/// half. @param u, v in [0, 1), from the upper left corner @param camera that the frame was drawn with
std::optional<glm::dvec3> surfacePoint(const Frame& frame, const CameraLabel& camera, double u, double v);

}  // namespace panohead
