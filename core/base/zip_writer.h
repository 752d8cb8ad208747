#pragma once

#include "core/base/atomic_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// Writes a zip piece by piece: stored entries (pictures are packed already), the date of all of them 1
/// January 1980, so that equal contents give equal bytes. Goes over to zip64 where numbers need it. The file
/// appears under its name with finish(), or not at all.
class ZipWriter {
 public:
  /// `zip64_from`: sizes and offsets from this value on are written in the 64-bit form (lower in tests).
  /// Throws SaveError.
  explicit ZipWriter(const std::filesystem::path& path, std::uint64_t zip64_from = 0xFFFFFFFF);

  /// `name` with '/' between folders, at most 65535 bytes. Throws SaveError.
  void add(std::string_view name, std::span<const std::byte> bytes);
  /// Writes the directory; call once, last. Throws SaveError.
  void finish();
  /// So far, without the directory.
  std::uint64_t bytesWritten() const noexcept { return offset_; }

 private:
  void write(std::span<const std::byte> bytes);

  AtomicFile file_;
  std::string path_;
  std::uint64_t zip64_from_;
  std::uint64_t offset_ = 0;
  std::uint64_t count_ = 0;
  std::vector<std::byte> directory_;
};

}  // namespace panohead
