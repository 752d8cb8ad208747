#include "core/base/error.h"
#include "core/base/regular_file.h"
#include "core/base/zip_archive.h"
#include "core/training/warmup/attribute_table.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace panohead {

namespace {

constexpr std::uint64_t kMostBytes = 1'000'000'000;

std::string textOf(const std::filesystem::path& path) {
  if (path.extension() == ".zip") {
    const ZipArchive archive(path);
    for (const ZipEntry& entry : archive.entries()) {
      if (entry.name.ends_with(".json")) {
        const std::vector<std::byte> bytes = archive.read(entry);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
      }
    }
    throw DatasetError(fmt::format("{} holds no .json file", path.string()),
                       "attributes are a JSON file, or a zip of one");
  }
  TextFile file = readGivenText(path, kMostBytes);
  if (!file.isRead()) {
    throw DatasetError(fmt::format("{} cannot be read: {}", path.string(), file.fault),
                       "check the name after --attributes");
  }
  return std::move(file.text);
}

}  // namespace

AttributeTable readAttributes(const std::filesystem::path& path, const std::vector<std::string>& people) {
  return flattenAttributes(textOf(path), people, path.string());
}

}  // namespace panohead
