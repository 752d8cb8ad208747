#pragma once

#include <QString>

#include <filesystem>

namespace panohead::ui {

/// What comes as a photo, of kinds that are refused with a reason, too. The first bytes decide; where they
/// say nothing, or there is no such file, the end of its name.
bool isPictureFile(const std::filesystem::path& path);
/// "Pictures (*.png *.jpg ...)" for file dialogs.
QString pictureFilter();
/// The same of what can stand behind a head.
bool isBackdropFile(const std::filesystem::path& path);
QString backdropFilter();

}  // namespace panohead::ui
