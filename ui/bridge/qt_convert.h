#pragma once

#include <QString>

#include <filesystem>
#include <string>

namespace panohead::ui {

inline QString toQString(const std::string& utf8) { return QString::fromStdString(utf8); }
inline QString toQString(const std::filesystem::path& path) {
  return QString::fromStdU16String(path.u16string());
}
inline std::filesystem::path toPath(const QString& text) { return {text.toStdU16String()}; }

}  // namespace panohead::ui
