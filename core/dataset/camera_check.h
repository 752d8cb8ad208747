#pragma once

#include "core/dataset/dataset_check.h"

#include <optional>

namespace panohead {

/// What is wrong with a camera label; nothing when it is sound. `usual_distance`: of the set's cameras,
/// world units.
std::optional<DatasetProblem> checkCamera(const CameraLabel& label, double usual_distance);

/// Of the camera from the centre of the head, world units.
double cameraDistance(const CameraLabel& label);

}  // namespace panohead
