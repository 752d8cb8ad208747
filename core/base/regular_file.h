#pragma once

#include "core/base/file_descriptor.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace panohead {

/// A regular file open for reading, or why it is not. Opening never waits: a named pipe, whose other end may
/// never come, a device or a folder is told and not read.
class RegularFile {
 public:
  explicit RegularFile(const std::filesystem::path& path);

  /// Empty: it is open. Else what is wrong in words that follow a colon: "it is a folder",
  /// "it is not a regular file", or the system's own.
  const std::string& fault() const noexcept { return fault_; }
  /// Of the system's call that failed (ENOENT, ...); 0 where the file is of another kind.
  int code() const noexcept { return code_; }
  bool isFolder() const noexcept { return is_folder_; }

  int get() const noexcept { return descriptor_ ? descriptor_->get() : -1; }
  /// Bytes when it was opened; 0 where it is not.
  std::uint64_t size() const noexcept { return size_; }

  /// Reads from `offset` until `count` bytes are there or the file ends; from any thread.
  /// @returns how many; -1: reading failed, errno says why
  ssize_t readAt(void* target, std::uint64_t offset, std::size_t count) const noexcept;

 private:
  std::optional<FileDescriptor> descriptor_;
  std::string fault_;
  int code_ = 0;
  bool is_folder_ = false;
  std::uint64_t size_ = 0;
};

/// A whole file as text, or why not.
struct TextFile {
  std::string text;
  std::string fault;  // as RegularFile::fault(); empty: all is read

  bool isRead() const noexcept { return fault.empty(); }
};

/// @param most bytes: a larger file is refused
TextFile readTextFile(const std::filesystem::path& path, std::uint64_t most);

/// The same, but what a shell or a pipe hands over (/dev/stdin, /dev/fd, /proc/self/fd: `<(...)`) may be of
/// any kind.
TextFile readGivenText(const std::filesystem::path& path, std::uint64_t most);

}  // namespace panohead
