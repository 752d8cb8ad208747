#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace panohead {

/// A whole file mapped read-only into memory; pages are read when touched and belong to the system's
/// cache. A file that another program shortens while it is mapped cannot be read safely.
class MappedFile {
 public:
  /// Throws CheckpointError when the file is missing, a folder, empty or unreadable.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace panohead
