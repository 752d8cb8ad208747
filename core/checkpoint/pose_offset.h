#pragma once

#include "core/checkpoint/checkpoint.h"

namespace panohead {

/// The metadata of a safetensors file that says what poseOffsetPitch() returns.
inline constexpr const char* kPoseOffsetPitch = "pose_offset_pitch";

/// Degrees to be added to the pitch that core/vision finds in a photo to get the camera that the model calls
/// by it: data sets do not agree on which direction is straight ahead. What the file's metadata says; else 8
/// for pickles with PanoHead's own networks, and 0 for all others. The 8 is a guess from the labels of four
/// published pictures (3.8 .. 9.3 by the face's points): refine the camera with the model itself.
/// @param network the one of the file that draws. Throws CheckpointError when the metadata is no angle.
double poseOffsetPitch(const Checkpoint& checkpoint, const NetworkState& network);

}  // namespace panohead
