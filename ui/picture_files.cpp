#include "ui/picture_files.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace panohead::ui {
namespace {

constexpr std::array<std::string_view, 7> kSuffixes{
    ".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif"};

}  // namespace

bool isPictureFile(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kSuffixes, suffix) != kSuffixes.end();
}

QString pictureFilter() {
  QString patterns;
  for (const std::string_view suffix : kSuffixes) {
    patterns +=
        (patterns.isEmpty() ? "*" : " *") + QString::fromLatin1(suffix.data(), qsizetype(suffix.size()));
  }
  return QCoreApplication::translate("MainWindow", "Pictures (%1)").arg(patterns);
}

}  // namespace panohead::ui
