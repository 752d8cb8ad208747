#pragma once

#include <filesystem>

namespace panohead::ui {

/// Where the window keeps what it keeps (XDG base directories). Folders are made when something is written.
struct Places {
  std::filesystem::path state;     // what a crash leaves behind: sidecars of unsaved documents
  std::filesystem::path data;      // sliders kept for models
  std::filesystem::path settings;  // recent files, window layout
  std::filesystem::path runs;      // which training runs are known

  /// Of the user: $XDG_STATE_HOME, $XDG_DATA_HOME and $XDG_CONFIG_HOME, or their usual places; all below
  /// $PANOHEAD_STUDIO_HOME where that is set (portable mode).
  static Places ofUser();
  /// All below one folder.
  static Places below(const std::filesystem::path& folder);
};

/// In portable mode: sends what the libraries keep (the graphics driver's cache, what Qt's file dialogs
/// remember) to the same folder. Before anything of Qt begins.
void keepLibrariesPortable();

}  // namespace panohead::ui
