#pragma once

#include <filesystem>
#include <string>

namespace panohead {

/// Folder of the running program, links resolved.
std::filesystem::path executableFolder();

/// A file or folder that ships with the program, e.g. "models/heads256/model.safetensors".
/// Looked for in `resources` beside the program and in the folder above it (build tree), then in
/// `../share/panohead-studio` (installed). Throws Error saying where it was looked for.
std::filesystem::path findResource(const std::filesystem::path& relative);

/// The model that ships with the program. Throws as findResource.
std::filesystem::path defaultModelPath();

/// Makes a folder, and those above it, where there is none yet. Throws SaveError.
void makeFolder(const std::filesystem::path& folder);

/// ".glb" of "Head.GLB"; empty where a name has no suffix.
std::string lowerSuffix(const std::filesystem::path& path);

}  // namespace panohead
