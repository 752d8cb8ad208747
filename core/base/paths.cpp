#include "core/base/paths.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <system_error>

namespace panohead {

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
  const std::array<std::filesystem::path, 3> places{folder / "resources",
                                                    folder.parent_path() / "resources",
                                                    folder.parent_path() / "share" / "panohead-studio"};
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

std::filesystem::path defaultModelPath() { return findResource("models/heads256/model.safetensors"); }

void makeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw SaveError(fmt::format("cannot make the folder '{}': {}", folder.string(), error.message()),
                    "choose a place that you may write to");
  }
}

std::string lowerSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(
      suffix, suffix.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return suffix;
}

}  // namespace panohead
