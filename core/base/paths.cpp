#include "core/base/paths.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string>
#include <system_error>

namespace panohead {
namespace {

constexpr const char* kProgram = "panohead-studio";

/// XDG base directory specification: the variable where it holds an absolute path, else the default
/// below the home folder.
std::filesystem::path userFolder(const char* variable, const char* home_default, const char* portable_name) {
  std::error_code ignored;
  if (const auto portable = executableFolder() / "portable";
      std::filesystem::is_directory(portable, ignored)) {
    return portable / portable_name;
  }
  if (const char* value = std::getenv(variable); value && std::filesystem::path(value).is_absolute()) {
    return std::filesystem::path(value) / kProgram;
  }
  const char* home = std::getenv("HOME");
  const std::filesystem::path base = home && *home ? home : std::filesystem::temp_directory_path(ignored);
  return base / home_default / kProgram;
}

}  // namespace

std::filesystem::path executableFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    throw Error("the folder of this program cannot be found", "mount /proc", error.message());
  }
  return program.parent_path();
}

std::filesystem::path findResource(const std::filesystem::path& relative) {
  const std::filesystem::path folder = executableFolder();
  const std::array<std::filesystem::path, 3> places{
      folder / "resources", folder.parent_path() / "resources", folder.parent_path() / "share" / kProgram};
  std::string looked;
  for (const std::filesystem::path& place : places) {
    std::error_code ignored;
    if (std::filesystem::exists(place / relative, ignored)) {
      return place / relative;
    }
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw Error(
      fmt::format("'{}', which ships with the program, was not found in {}", relative.string(), looked),
      "install the program again, or name a file of your own");
}

std::filesystem::path configFolder() { return userFolder("XDG_CONFIG_HOME", ".config", "config"); }
std::filesystem::path dataFolder() { return userFolder("XDG_DATA_HOME", ".local/share", "data"); }
std::filesystem::path cacheFolder() { return userFolder("XDG_CACHE_HOME", ".cache", "cache"); }

}  // namespace panohead
