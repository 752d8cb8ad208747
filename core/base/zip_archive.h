#pragma once

#include "core/base/regular_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// One file inside a zip, as its directory lists it.
struct ZipEntry {
  std::string name;  // '/' between folders
  std::uint64_t header_offset = 0;
  std::uint64_t stored_size = 0;  // bytes in the archive
  std::uint64_t size = 0;         // bytes of the file
  std::uint32_t crc = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
};

/// Reads zip files (PKWARE APPNOTE 6.3): stored and deflated entries, zip64. Only the directory is read at
/// opening; every offset and size is checked against the file, so that hostile archives end in an error.
/// Reading is safe from many threads at once.
class ZipArchive {
 public:
  /// Largest file that is unpacked.
  static constexpr std::uint64_t kMaxEntryBytes = std::uint64_t{1} << 30;

  /// Throws ArchiveError: missing, no zip, cut off, of several volumes, with equal names twice, or with names
  /// that lead outside ("../", absolute, control characters).
  explicit ZipArchive(const std::filesystem::path& path);
  /// The same of a file that is mapped already: its bytes must outlive the archive.
  ZipArchive(std::filesystem::path path, std::span<const std::byte> bytes);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Files (no folders), sorted by name.
  const std::vector<ZipEntry>& entries() const noexcept { return entries_; }
  /// nullptr when there is none of that name.
  const ZipEntry* find(std::string_view name) const noexcept;

  /// The whole file, checked against its checksum. Throws ArchiveError naming it: damaged, encrypted, packed
  /// by another method, larger than kMaxEntryBytes.
  std::vector<std::byte> read(const ZipEntry& entry) const;
  /// A stored entry of a mapped archive where it lies, of any size. Throws ArchiveError as read(), also when
  /// the entry is packed or the archive was opened by its path.
  std::span<const std::byte> view(const ZipEntry& entry) const;
  /// Its first `count` bytes (all, when it has fewer), unchecked: no more than they need is read and
  /// unpacked.
  std::vector<std::byte> readFirst(const ZipEntry& entry, std::size_t count) const;

 private:
  void checkRange(std::uint64_t offset, std::uint64_t count, std::string_view what) const;
  void checkSum(const ZipEntry& entry, std::span<const std::byte> bytes) const;
  std::vector<std::byte> readRange(std::uint64_t offset, std::uint64_t count, std::string_view what) const;
  std::uint64_t dataOffset(const ZipEntry& entry) const;
  void readDirectory();

  std::filesystem::path path_;
  std::optional<RegularFile> file_;    // or
  std::span<const std::byte> mapped_;  // the whole file
  std::uint64_t size_ = 0;
  std::vector<ZipEntry> entries_;
};

}  // namespace panohead
