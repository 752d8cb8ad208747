#include "core/dataset/file_source.h"

#include "core/base/decoder_limit.h"
#include "core/base/error.h"
#include "core/base/quantity_text.h"
#include "core/base/regular_file.h"
#include "core/base/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace panohead {
namespace {

constexpr int kMaxDepth = 16;  // folders in folders; links can make circles

bool isJunk(std::string_view name) {
  return name.starts_with('.') || name.find("/.") != std::string_view::npos || name.starts_with("__MACOSX/");
}

class ZipSource final : public FileSource {
 public:
  explicit ZipSource(const std::filesystem::path& path) : FileSource(path), archive_(path) {
    for (std::size_t i = 0; i < archive_.entries().size(); ++i) {
      if (!isJunk(archive_.entries()[i].name)) {
        names_.push_back(archive_.entries()[i].name);
        entries_.push_back(i);
      }
    }
  }

  std::vector<std::byte> readFirst(std::size_t index, std::size_t count) const override {
    return archive_.readFirst(entry(index), count);
  }

 private:
  std::uint64_t sizeOf(std::size_t index) const override { return entry(index).size; }
  std::vector<std::byte> readAll(std::size_t index) const override { return archive_.read(entry(index)); }
  const ZipEntry& entry(std::size_t index) const { return archive_.entries()[entries_[index]]; }

  ZipArchive archive_;
  std::vector<std::size_t> entries_;  // of the names
};

class FolderSource final : public FileSource {
 public:
  FolderSource(const std::filesystem::path& path, JobContext& context) : FileSource(path) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator walk(
        path, std::filesystem::directory_options::follow_directory_symlink, error);
    for (; !error && walk != std::filesystem::recursive_directory_iterator(); walk.increment(error)) {
      context.checkpoint();
      if (walk.depth() >= kMaxDepth) {
        throw ArchiveError(
            fmt::format("'{}' lies more than {} folders deep", walk->path().string(), kMaxDepth),
            "a link that leads back makes a circle: remove it");
      }
      std::error_code ignored;
      std::string name = walk->path().lexically_relative(path).generic_string();
      if (!isJunk(name) && walk->is_regular_file(ignored)) {
        names_.push_back(std::move(name));
      }
    }
    if (error) {
      throw ArchiveError(fmt::format("cannot read the folder '{}': {}", path.string(), error.message()),
                         "check the permissions");
    }
    std::sort(names_.begin(), names_.end());
  }

  std::vector<std::byte> readFirst(std::size_t index, std::size_t count) const override {
    const RegularFile file(path() / names()[index]);
    std::vector<std::byte> bytes(std::min(count, static_cast<std::size_t>(file.size())));
    const ssize_t done = file.fault().empty() ? file.readAt(bytes.data(), 0, bytes.size()) : -1;
    if (done < 0) {
      throw ArchiveError(
          fmt::format("cannot read '{}': {}",
                      fullName(index),
                      file.fault().empty() ? std::generic_category().message(errno) : file.fault()),
          "check the disk and the permissions");
    }
    bytes.resize(static_cast<std::size_t>(done));
    return bytes;
  }

 private:
  std::uint64_t sizeOf(std::size_t index) const override {
    std::error_code error;  // then reading tells
    const std::uintmax_t size = std::filesystem::file_size(path() / names()[index], error);
    return error ? 0 : size;
  }
  std::vector<std::byte> readAll(std::size_t index) const override {
    return readFirst(index, std::size_t{kMaxFileBytes});
  }
};

}  // namespace

std::optional<std::size_t> FileSource::find(std::string_view name) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), name);
  if (found == names_.end() || *found != name) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - names_.begin());
}

std::vector<std::byte> FileSource::read(std::size_t index, std::uint64_t most) const {
  if (sizeOf(index) > most) {
    throw ArchiveError(
        fmt::format("'{}' has more than {}", fullName(index), bytesText(static_cast<double>(most))),
        "it may be damaged or not what it is called; a picture can be left out");
  }
  return readAll(index);
}

std::vector<std::byte> FileSource::readPicture(std::size_t index) const {
  return read(index, kMaxPictureBytes);
}

std::string FileSource::fullName(std::size_t index) const { return (path_ / names_[index]).string(); }

std::unique_ptr<FileSource> openFileSource(const std::filesystem::path& path,
                                           std::string_view option,
                                           JobContext& context) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!exists(status)) {
    throw DatasetError(fmt::format("{}: there is no '{}'", option, path.string()), "give a folder or a zip");
  }
  if (is_directory(status)) {
    return std::make_unique<FolderSource>(path, context);
  }
  return std::make_unique<ZipSource>(path);
}

bool isPictureName(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return false;
  }
  std::string extension(name.substr(dot));
  std::transform(
      extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array<std::string_view, 4> kKnown{".png", ".jpg", ".jpeg", ".webp"};
  return std::find(kKnown.begin(), kKnown.end(), extension) != kKnown.end();
}

std::string stemOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t slash = name.rfind('/');
  const bool has_extension =
      dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash + 1);
  return std::string(has_extension ? name.substr(0, dot) : name);
}

std::optional<ImageHeader> readHeader(const FileSource& source, std::size_t index) {
  // A JPEG's size comes behind what cameras write, 64 kB a piece.
  for (const std::size_t count : {std::size_t{512}, std::size_t{1} << 17, std::size_t{kMaxPictureBytes}}) {
    const std::vector<std::byte> bytes = source.readFirst(index, count);
    const std::optional<ImageHeader> header = readImageHeader(bytes);
    if (header || bytes.size() < count || imageFormatOf(bytes) != ImageFormat::kJpeg) {
      return header;
    }
  }
  return std::nullopt;
}

}  // namespace panohead
