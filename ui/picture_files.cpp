#include "ui/picture_files.h"

#include "core/base/paths.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace panohead::ui {
namespace {

using Suffixes = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> kPictures{
    ".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif"};
constexpr Suffixes kBackdrops = Suffixes(kPictures).first(4);  // projects read them without the vision part

bool endsWith(const std::filesystem::path& path, Suffixes suffixes) {
  return std::ranges::find(suffixes, lowerSuffix(path)) != suffixes.end();
}

QString filterOf(Suffixes suffixes) {
  QString patterns;
  for (const std::string_view suffix : suffixes) {
    patterns +=
        (patterns.isEmpty() ? "*" : " *") + QString::fromLatin1(suffix.data(), qsizetype(suffix.size()));
  }
  return QCoreApplication::translate("MainWindow", "Pictures (%1)").arg(patterns);
}

}  // namespace

bool isPictureFile(const std::filesystem::path& path) { return endsWith(path, kPictures); }
QString pictureFilter() { return filterOf(kPictures); }
bool isBackdropFile(const std::filesystem::path& path) { return endsWith(path, kBackdrops); }
QString backdropFilter() { return filterOf(kBackdrops); }

}  // namespace panohead::ui
