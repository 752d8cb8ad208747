#pragma once

#include <QString>

#include <filesystem>

namespace panohead::ui {

/// By the end of its name: what comes as a photo.
bool isPictureFile(const std::filesystem::path& path);
/// "Pictures (*.png *.jpg ...)" for file dialogs.
QString pictureFilter();
/// The same of what can stand behind a head.
bool isBackdropFile(const std::filesystem::path& path);
QString backdropFilter();

}  // namespace panohead::ui
