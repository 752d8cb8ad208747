#pragma once

#include "core/base/error.h"

#include <filesystem>

namespace panohead::ui {

/// What the window can do with a file or folder that comes to it, dropped or chosen.
enum class FileKind { Model, Project, Avatar, Picture, DataSet, Cameras, RunFolder, Unknown };

struct OpenedFile {
  FileKind kind = FileKind::Unknown;
  std::filesystem::path path{};   // of a data set: the folder or zip that holds dataset.json
  std::filesystem::path masks{};  // of a data set, where they lie beside it; else empty
};

/// By names alone, and a few first bytes: at once. Unknown: recognise() may know more.
OpenedFile recogniseByName(const std::filesystem::path& path);

/// Looks into it, too; for a worker, as directories of zips may be long. Throws ArchiveError for a zip that
/// cannot be read, and unusableFile() for what is of no kind.
OpenedFile recognise(const std::filesystem::path& path);

/// Says that this cannot be opened, and what can be.
Error unusableFile(const std::filesystem::path& path);

}  // namespace panohead::ui
