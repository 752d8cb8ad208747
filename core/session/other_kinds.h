#pragma once

#include <filesystem>

namespace panohead {

/// Throws CheckpointError where a file is another kind of safetensors than a model: an avatar, or what a
/// training run goes on from.
void refuseOtherKinds(const std::filesystem::path& path);

}  // namespace panohead
