#include "core/runs/line_follower.h"

#include "core/base/regular_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace panohead {
namespace {

constexpr std::size_t kRemembered = 96;  // bytes: more than a time stamp, less than a line of statistics

std::string readFrom(int descriptor, std::uint64_t offset, std::size_t limit) {
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (text.size() < limit) {
    const ssize_t count = pread(descriptor,
                                buffer.data(),
                                std::min(buffer.size(), limit - text.size()),
                                static_cast<off_t>(offset + text.size()));
    if (count <= 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

bool LineFollower::isTheSame(std::uint64_t device,
                             std::uint64_t inode,
                             std::uint64_t size,
                             int descriptor) const {
  return device == device_ && inode == inode_ && size >= offset_ &&
         readFrom(descriptor, offset_ - before_.size(), before_.size()) == before_;
}

LineFollower::News LineFollower::read() {
  News news;
  const RegularFile file(path_);
  struct stat facts{};
  if (!file.fault().empty() || fstat(file.get(), &facts) != 0) {
    return news;
  }
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (!isTheSame(facts.st_dev, facts.st_ino, size, file.get())) {
    news.restarted = true;
    device_ = facts.st_dev;
    inode_ = facts.st_ino;
    offset_ = 0;
    before_.clear();
  }
  const std::string text = readFrom(file.get(), offset_, size - offset_);
  const std::size_t whole = text.rfind('\n') + 1;  // 0: no line is whole yet
  for (std::size_t begin = 0; begin < whole;) {
    const std::size_t end = text.find('\n', begin);
    news.lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (whole > 0) {
    offset_ += whole;
    before_ = text.substr(whole - std::min(whole, kRemembered), std::min(whole, kRemembered));
  }
  return news;
}

}  // namespace panohead
