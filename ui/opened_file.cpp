#include "ui/opened_file.h"

#include "core/base/json_text.h"
#include "core/base/paths.h"
#include "core/base/regular_file.h"
#include "core/base/zip_archive.h"
#include "ui/bridge/qt_convert.h"
#include "ui/picture_files.h"

#include <QCoreApplication>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace panohead::ui {
namespace {

constexpr const char* kLabels = "dataset.json";

bool isFile(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

bool isFolder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

/// The masks of a set, by the names that sets are given: heads_img.zip and heads_seg.zip, img and seg,
/// pictures and masks.
std::filesystem::path masksBeside(const std::filesystem::path& data) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{
      {{"img", "seg"}, {"img", "mask"}, {"image", "mask"}, {"picture", "mask"}, {"photo", "mask"}}};
  const std::string name = data.filename().string();
  for (const auto& [picture, mask] : kNames) {
    if (const std::size_t place = name.rfind(picture); place != std::string::npos) {
      std::string other = name;
      other.replace(place, picture.size(), mask);
      const std::filesystem::path path = data.parent_path() / other;
      if (isFolder(data) ? isFolder(path) : isFile(path)) {
        return path;
      }
    }
  }
  return {};
}

OpenedFile dataSet(const std::filesystem::path& data) { return {FileKind::DataSet, data, masksBeside(data)}; }

OpenedFile recogniseFolder(const std::filesystem::path& given) {
  // "heads/" has no name of its own, and its masks could not be found by it.
  const std::filesystem::path path = given.has_filename() ? given : given.parent_path();
  if (isFile(path / kLabels)) {
    return dataSet(path);
  }
  if (isFile(path / "img" / kLabels)) {  // as the command align makes it
    return dataSet(path / "img");
  }
  return {FileKind::RunFolder, given, {}};  // or it is told what it is not
}

bool isCameras(const std::filesystem::path& path) {
  constexpr std::uint64_t kMost = std::uint64_t{64} << 20;
  const nlohmann::json json = parseJsonQuietly(readTextFile(path, kMost).text);
  return json.is_object() && json.contains("frames");
}

/// How a file begins, whatever its name.
enum class Beginning { Zip, Model, Other };
Beginning beginningOf(const std::filesystem::path& path) {
  std::array<char, 9> start{};
  RegularFile(path).readAt(start.data(), 0, start.size());
  if (std::string_view(start.data(), 4) == "PK\x03\x04") {
    return Beginning::Zip;
  }
  const bool pickle = start[0] == '\x80' && start[1] >= 2 && start[1] <= 5;
  const bool safetensors = start[8] == '{' && start[6] == 0 && start[7] == 0;
  return pickle || safetensors ? Beginning::Model : Beginning::Other;
}

}  // namespace

OpenedFile recogniseByName(const std::filesystem::path& path) {
  if (isFolder(path)) {
    return recogniseFolder(path);
  }
  if (isPictureFile(path)) {
    return {FileKind::Picture, path, {}};
  }
  const std::string suffix = lowerSuffix(path);
  constexpr std::array<std::string_view, 4> kModels{".pkl", ".pt", ".pth", ".safetensors"};
  if (suffix == ".heads" || suffix == ".heads~") {
    return {FileKind::Project, path, {}};
  }
  if (suffix == ".avatar") {
    return {FileKind::Avatar, path, {}};
  }
  if (std::ranges::find(kModels, suffix) != kModels.end()) {
    return {FileKind::Model, path, {}};
  }
  return {FileKind::Unknown, path, {}};
}

OpenedFile recognise(const std::filesystem::path& path) {
  if (const OpenedFile known = recogniseByName(path); known.kind != FileKind::Unknown) {
    return known;
  }
  if (!isFile(path)) {
    throw unusableFile(path);
  }
  const Beginning beginning = beginningOf(path);
  if (beginning == Beginning::Zip || lowerSuffix(path) == ".zip") {
    const ZipArchive archive(path);
    if (archive.find(kLabels) != nullptr) {
      return dataSet(path);
    }
    const auto holdsPickle = [](const ZipEntry& entry) { return entry.name.ends_with("/data.pkl"); };
    if (std::ranges::any_of(archive.entries(), holdsPickle)) {
      return {FileKind::Model, path, {}};
    }
  } else if (lowerSuffix(path) == ".json") {
    if (isCameras(path)) {
      return {FileKind::Cameras, path, {}};
    }
    if (path.filename() == kLabels) {
      return recogniseFolder(std::filesystem::absolute(path).parent_path());
    }
  } else if (beginning == Beginning::Model) {
    return {FileKind::Model, path, {}};
  }
  throw unusableFile(path);
}

Error unusableFile(const std::filesystem::path& path) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("MainWindow", text); };
  return Error(
      tr("'%1' is nothing that the window can open").arg(toQString(path.filename())).toStdString(),
      tr("it opens models (.pkl, .pt, .pth, .safetensors), projects (.heads), avatars (.avatar), photos, "
         "data sets (a folder or zip with dataset.json), folders of training runs, and cameras (.json)")
          .toStdString());
}

}  // namespace panohead::ui
