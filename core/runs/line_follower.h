#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// Reads what is appended to a text file, whole lines only. A file that another takes the place of, or that
/// was cut, is read from its beginning again: a resumed run rewrites its statistics.
class LineFollower {
 public:
  struct News {
    bool restarted = false;  // the lines are the first ones of the file
    std::vector<std::string> lines;
  };

  explicit LineFollower(std::filesystem::path path) : path_(std::move(path)) {}

  /// Everything since the last call; nothing when the file is not there (yet) or cannot be read.
  News read();

 private:
  bool isTheSame(std::uint64_t device, std::uint64_t inode, std::uint64_t size, int descriptor) const;

  std::filesystem::path path_;
  std::uint64_t device_ = 0, inode_ = 0;
  std::uint64_t offset_ = 0;  // behind the last whole line
  std::string before_;        // the bytes in front of it, to know the file by
};

}  // namespace panohead
