#include "core/base/append_file.h"

#include "core/base/atomic_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace panohead {

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throwSaveError(path_, errno);
  }
}

AppendFile::~AppendFile() { close(descriptor_); }

void AppendFile::append(std::span<const std::byte> piece) {
  struct stat before{};
  if (fstat(descriptor_, &before) != 0) {
    throwSaveError(path_, errno);
  }
  while (!piece.empty()) {
    const ssize_t written = write(descriptor_, piece.data(), piece.size());
    if (written >= 0) {
      piece = piece.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const int code = errno;
      static_cast<void>(!ftruncate(descriptor_, before.st_size));
      throwSaveError(path_, code);
    }
  }
}

void AppendFile::append(std::string_view text) { append(std::as_bytes(std::span(text))); }

}  // namespace panohead
