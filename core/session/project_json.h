#pragma once

#include "core/session/project.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace panohead {

/// The newest layout of project files. A file is written as the oldest that can hold it: 1: without avatars,
/// 2: without heads between others, 3: without backgrounds between others.
inline constexpr int kProjectVersion = 4;
inline constexpr const char* kProjectFormat = "panohead-studio project";
inline constexpr const char* kProjectModes[] = {"picture", "raw", "depth", "mask", "normals"};
inline constexpr const char* kProjectNoises[] = {"const", "random", "none"};

/// @param path of the file that it will lie in: other paths are relative to its folder where they lie below
nlohmann::ordered_json projectToJson(const std::filesystem::path& path, const Project& project);

/// Throws nlohmann's exceptions, std::out_of_range and OptionError where the file is not as written.
ReadProject projectFromJson(const std::filesystem::path& path, const nlohmann::ordered_json& json);

}  // namespace panohead
