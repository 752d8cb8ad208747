#pragma once

#include "core/base/image_header.h"
#include "core/jobs/job.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// The files of a folder (with all folders below it) or of a zip. Reading is safe from many threads at once.
class FileSource {
 public:
  /// Larger files are not read: 1 GB.
  static constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;

  virtual ~FileSource() = default;

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Relative, with '/', sorted; without hidden files and what macOS adds to zips.
  const std::vector<std::string>& names() const noexcept { return names_; }
  std::optional<std::size_t> find(std::string_view name) const;
  /// "heads_img.zip/00012/00012_03.webp", for messages.
  std::string fullName(std::size_t index) const;

  /// The whole file. Throws ArchiveError naming it, also (before it is read or unpacked) when it has more
  /// than `most` bytes.
  std::vector<std::byte> read(std::size_t index, std::uint64_t most = kMaxFileBytes) const;
  /// The same of a picture, which has at most kMaxPictureBytes.
  std::vector<std::byte> readPicture(std::size_t index) const;
  /// Its first `count` bytes. Throws ArchiveError naming it.
  virtual std::vector<std::byte> readFirst(std::size_t index, std::size_t count) const = 0;

 protected:
  explicit FileSource(std::filesystem::path path) : path_(std::move(path)) {}
  virtual std::uint64_t sizeOf(std::size_t index) const = 0;  // bytes, unpacked
  virtual std::vector<std::byte> readAll(std::size_t index) const = 0;
  std::vector<std::string> names_;

 private:
  std::filesystem::path path_;
};

/// Throws DatasetError when there is neither, ArchiveError when it cannot be read, Cancelled. `option` is
/// what the path was given for ("--data").
std::unique_ptr<FileSource> openFileSource(const std::filesystem::path& path,
                                           std::string_view option,
                                           JobContext& context);

/// Whether the name ends as pictures do that are read here: .png, .jpg, .jpeg, .webp.
bool isPictureName(std::string_view name);

/// The name without its extension: "00012/00012_03".
std::string stemOf(std::string_view name);

/// Format and size of a picture, from as few bytes as tell them; nothing when it is no picture.
std::optional<ImageHeader> readHeader(const FileSource& source, std::size_t index);

}  // namespace panohead
