#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace panohead {

/// A file that grows by whole pieces (lines, records) while others may read it.
/// Every failure throws SaveError naming the file; DiskFullError when there is no room. The file then
/// ends with the piece before, so that the same one can be appended again.
class AppendFile {
 public:
  /// Opens the file at its end, or makes it.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::span<const std::byte> piece);
  void append(std::string_view text);
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace panohead
