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

}  // namespace

Places Places::ofUser() {
  if (const char* portable = std::getenv("PANOHEAD_STUDIO_HOME"); portable != nullptr && *portable != '\0') {
    return below(portable);
  }
  return {folderOf("XDG_STATE_HOME", ".local/state"),
          folderOf("XDG_DATA_HOME", ".local/share"),
          folderOf("XDG_CONFIG_HOME", ".config") / "settings.ini"};
}

Places Places::below(const std::filesystem::path& folder) {
  return {folder / "state", folder / "data", folder / "settings.ini"};
}

}  // namespace panohead::ui
