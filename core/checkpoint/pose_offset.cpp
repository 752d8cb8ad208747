#include "core/checkpoint/pose_offset.h"

#include "core/base/error.h"
#include "core/base/text_values.h"

namespace panohead {

double poseOffsetPitch(const Checkpoint& checkpoint, const NetworkState& network) {
  constexpr double kPublished = 8;  // degrees
  if (const auto said = checkpoint.metadata.find(kPoseOffsetPitch); said != checkpoint.metadata.end()) {
    try {
      return parseNumber(said->second, -90, 90, kPoseOffsetPitch);
    } catch (const OptionError& error) {
      throw CheckpointError(checkpoint.path.string() + ": its metadata: " + error.what(),
                            "convert the model again",
                            error.hint());
    }
  }
  // Only PanoHead's own networks move the camera by a network; ours are no pickles.
  const bool published =
      checkpoint.format == CheckpointFormat::Pickle && network.find("t_mapping.fc0.weight") != nullptr;
  return published ? kPublished : 0;
}

}  // namespace panohead
