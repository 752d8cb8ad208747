#pragma once

#include "core/avatar/avatar.h"
#include "core/jobs/job.h"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace panohead {

/// Makes an avatar immutable and gives it its hash. Throws OptionError for numbers that do not fit.
AvatarPtr sealAvatar(Avatar avatar);

/// Writes a `.avatar` file (resources/docs/file_formats.md): safetensors with pictures as PNG inside.
/// @return the same avatar, whose source is that file. Throws SaveError; DiskFullError; Cancelled. Whatever
/// it throws, a file that was there is as it was.
AvatarPtr writeAvatar(const std::filesystem::path& path, const Avatar& avatar, JobContext& context);
AvatarPtr writeAvatar(const std::filesystem::path& path, const Avatar& avatar);

/// Throws CheckpointError naming the file: missing, damaged, made by a newer version, of another kind.
AvatarPtr readAvatar(const std::filesystem::path& path);

/// Whether a file says that it is an avatar; false when it cannot be read.
bool isAvatarFile(const std::filesystem::path& path);

/// Throws CheckpointError with both hashes unless the avatar was made with the model of this hash.
void requireModelOf(const Avatar& avatar, const std::string& model_name, const std::string& model_sha256);

}  // namespace panohead
