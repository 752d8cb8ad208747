#include "ui/picture_files.h"

#include "core/base/paths.h"
#include "core/base/regular_file.h"

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

enum class Kind { Unknown, Backdrop, Other };

/// By the first bytes of the file.
Kind kindOf(const std::filesystem::path& path) {
  std::array<char, 18> bytes{};  // zeros where the file is shorter
  RegularFile(path).readAt(bytes.data(), 0, bytes.size());
  const std::string_view start(bytes.data(), bytes.size());
  const auto has = [&start](std::size_t at, std::string_view what) {
    return start.substr(at, what.size()) == what;
  };
  if (has(0, "\xff\xd8\xff") || has(0, "\x89PNG\r\n") || (has(0, "RIFF") && has(8, "WEBP"))) {
    return Kind::Backdrop;
  }
  constexpr std::array<std::string_view, 7> kBrands{"heic", "heix", "heim", "heis", "mif1", "msf1", "avif"};
  const bool heif =
      has(4, "ftyp") && std::ranges::any_of(kBrands, [&](std::string_view brand) { return has(8, brand); });
  const bool tiff = has(0, {"II*\0", 4}) || has(0, {"MM\0*", 4});
  const bool bmp = has(0, "BM") && has(6, {"\0\0\0\0", 4}) && has(15, {"\0\0\0", 3});
  return heif || tiff || bmp || has(0, "GIF8") ? Kind::Other : Kind::Unknown;
}

}  // namespace

bool isPictureFile(const std::filesystem::path& path) {
  return kindOf(path) != Kind::Unknown || endsWith(path, kPictures);
}
QString pictureFilter() { return filterOf(kPictures); }
bool isBackdropFile(const std::filesystem::path& path) {
  const Kind kind = kindOf(path);
  return kind == Kind::Backdrop || (kind == Kind::Unknown && endsWith(path, kBackdrops));
}
QString backdropFilter() { return filterOf(kBackdrops); }

}  // namespace panohead::ui
