#pragma once

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace panohead {

/// A file that is open for reading, as the system numbers it; closed by the destructor. A number below zero:
/// it could not be opened (errno says why).
class FileDescriptor {
 public:
  /// @param more flags besides O_RDONLY
  explicit FileDescriptor(const std::filesystem::path& path, int more = 0)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | more)) {}
  ~FileDescriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

}  // namespace panohead
