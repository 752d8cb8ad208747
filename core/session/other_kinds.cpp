#include "core/session/other_kinds.h"

#include "core/avatar/avatar_file.h"
#include "core/base/error.h"
#include "core/training/training_state.h"

#include <fmt/format.h>

namespace panohead {

void refuseOtherKinds(const std::filesystem::path& path) {
  if (isAvatarFile(path)) {
    throw CheckpointError(fmt::format("'{}' is an avatar, and no model", path.string()),
                          "commands that draw take it with --avatar");
  }
  if (isTrainingState(path)) {
    throw CheckpointError(fmt::format("'{}' is a checkpoint of a training run, and no model", path.string()),
                          "take a network-snapshot-*.safetensors of the same folder");
  }
}

}  // namespace panohead
