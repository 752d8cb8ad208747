#include "core/base/regular_file.h"

#include "core/base/quantity_text.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace panohead {
namespace {

std::string tooLarge(std::uint64_t most) {
  return fmt::format("it has more than {}", bytesText(static_cast<double>(most)));
}

bool isHandedOver(const std::filesystem::path& path) {
  const std::string name = path.string();
  return name == "/dev/stdin" || name.starts_with("/dev/fd/") || name.starts_with("/proc/self/fd/");
}

}  // namespace

RegularFile::RegularFile(const std::filesystem::path& path) {
  // Looked at before opening: whoever writes into a named pipe would be told of a reader that goes at once.
  struct stat info{};
  bool known = stat(path.c_str(), &info) == 0;
  if (known && S_ISREG(info.st_mode)) {
    descriptor_.emplace(path, O_NONBLOCK);  // and should it have become a pipe since, nobody waits
    known = get() >= 0 && fstat(get(), &info) == 0;
  }
  if (!known) {
    code_ = errno;
    fault_ = std::generic_category().message(code_);
  } else if (!S_ISREG(info.st_mode)) {
    is_folder_ = S_ISDIR(info.st_mode);
    fault_ = is_folder_ ? "it is a folder" : "it is not a regular file";
  } else {
    size_ = static_cast<std::uint64_t>(info.st_size);
  }
}

ssize_t RegularFile::readAt(void* target, std::uint64_t offset, std::size_t count) const noexcept {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        pread(get(), static_cast<char*>(target) + done, count - done, static_cast<off_t>(offset + done));
    if (got == 0) {
      break;
    }
    if (got < 0 && errno != EINTR) {
      return -1;
    }
    done += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return static_cast<ssize_t>(done);
}

TextFile readTextFile(const std::filesystem::path& path, std::uint64_t most) {
  const RegularFile file(path);
  if (!file.fault().empty()) {
    return {{}, file.fault()};
  }
  if (file.size() > most) {
    return {{}, tooLarge(most)};
  }
  TextFile read{std::string(static_cast<std::size_t>(file.size()), '\0'), {}};
  const ssize_t count = file.readAt(read.text.data(), 0, read.text.size());
  if (count < 0) {
    return {{}, std::generic_category().message(errno)};
  }
  read.text.resize(static_cast<std::size_t>(count));
  return read;
}

TextFile readGivenText(const std::filesystem::path& path, std::uint64_t most) {
  if (!isHandedOver(path)) {
    return readTextFile(path, most);
  }
  const FileDescriptor file(path);
  if (file.get() < 0) {
    return {{}, std::generic_category().message(errno)};
  }
  TextFile read;
  for (std::array<char, 1 << 14> piece;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return {{}, std::generic_category().message(errno)};
    }
    if (got == 0) {
      return read;
    }
    read.text.append(piece.data(), static_cast<std::size_t>(got));
    if (read.text.size() > most) {
      return {{}, tooLarge(most)};
    }
  }
}

}  // namespace panohead
