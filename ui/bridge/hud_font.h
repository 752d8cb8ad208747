#pragma once

#include <filesystem>

namespace panohead::ui {

/// The file of the system's sans-serif font, for Dear ImGui, which reads files; empty when there is none.
std::filesystem::path hudFontFile();

}  // namespace panohead::ui
