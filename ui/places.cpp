#include "ui/places.h"

#include <cstdlib>

namespace panohead::ui {
namespace {

std::filesystem::path folderOf(const char* variable, const char* usual) {
  const char* set = std::getenv(variable);
  if (set != nullptr && *set == '/') {  // relative ones are to be ignored (XDG base directory specification)
    return std::filesystem::path(set) / "panohead-studio";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/tmp") / usual / "panohead-studio";
}

/// Empty: not in portable mode.
std::filesystem::path portableFolder() {
  const char* set = std::getenv("PANOHEAD_STUDIO_HOME");
  return set != nullptr && *set != '\0' ? std::filesystem::absolute(set) : std::filesystem::path();
}

}  // namespace

Places Places::ofUser() {
  if (const std::filesystem::path portable = portableFolder(); !portable.empty()) {
    return below(portable);
  }
  const std::filesystem::path configuration = folderOf("XDG_CONFIG_HOME", ".config");
  return {folderOf("XDG_STATE_HOME", ".local/state"),
          folderOf("XDG_DATA_HOME", ".local/share"),
          configuration / "settings.ini",
          configuration / "training.ini"};
}

Places Places::below(const std::filesystem::path& folder) {
  return {folder / "state", folder / "data", folder / "settings.ini", folder / "training.ini"};
}

void keepLibrariesPortable() {
  if (const std::filesystem::path portable = portableFolder(); !portable.empty()) {
    setenv("XDG_CACHE_HOME", (portable / "cache").c_str(), 1);
    setenv("XDG_CONFIG_HOME", (portable / "config").c_str(), 1);
  }
}

}  // namespace panohead::ui
