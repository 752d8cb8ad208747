#pragma once

#include "core/dataset/dataset.h"
#include "core/dataset/dataset_index.h"

#include <cstddef>
#include <vector>

namespace panohead {

inline constexpr int kMinResolution = 64;  // pixels on a side that can be trained
inline constexpr int kMaxResolution = 512;
inline constexpr double kBackYaw = 90;  // degrees from which a view counts as one from behind

/// Where a camera stands around the head, in degrees (dataset.h: yawOf, pitchOf).
struct OrbitPlace {
  double yaw = 0, pitch = 0;
};
OrbitPlace orbitPlaceOf(const CameraLabel& label);

/// |yaw| >= 90 degrees.
bool isBackView(const CameraLabel& label);

/// Throws OptionError naming the option: empty ranges, back_repeat below 1, a negative size.
void checkSelectionOptions(const DatasetOptions& options);

/// Numbers of the pictures with a label inside the ranges, at most options.max_size of them, in order of
/// their names. Throws DatasetError when none is left.
std::vector<std::size_t> selectPictures(const DatasetIndex& index, const DatasetOptions& options);

}  // namespace panohead
