#pragma once

#include <QString>

#include <filesystem>

namespace panohead::ui {

/// By the end of its name: what comes as a photo.
bool isPictureFile(const std::filesystem::path& path);
/// "Pictures (*.png *.jpg ...)" for file dialogs.
QString pictureFilter();

}  // namespace panohead::ui
