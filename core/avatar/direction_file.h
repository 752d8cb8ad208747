#pragma once

#include "core/avatar/latent_direction.h"

#include <filesystem>
#include <vector>

namespace panohead {

/// Writes a safetensors file: "<name>.delta" (and "<name>.estimate" where there is one), [w_dim] float32, and
/// metadata "directions" (JSON; resources/docs/file_formats.md). Throws SaveError.
void writeDirectionFile(const std::filesystem::path& path, const std::vector<DirectionPtr>& directions);

/// Throws CheckpointError naming the file.
std::vector<DirectionPtr> readDirectionFile(const std::filesystem::path& path);

}  // namespace panohead
