#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace panohead {
namespace {

// Makes the rename itself durable. Some file systems cannot sync a folder; that is no failure.
void syncFolder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
}

}  // namespace

void throwSaveError(const std::filesystem::path& path, int code) {
  const std::string message =
      "cannot write '" + path.string() + "': " + std::generic_category().message(code);
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    throw DiskFullError(message, "Free some space on that disk, or choose another folder.");
  }
  throw SaveError(message,
                  code == EISDIR ? "This name is a folder; choose a file name."
                                 : "Choose a folder that exists and that you may write to.");
}

std::filesystem::path temporaryNameFor(const std::filesystem::path& path) {
  // The extension stays, because encoders choose the container by it.
  return path.parent_path() /
         fmt::format(".{}.{:08x}{}", path.stem().string(), std::random_device()(), path.extension().string());
}

AtomicFile::AtomicFile(std::filesystem::path final_path) : final_path_(std::move(final_path)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(final_path_, ignored)) {
    throwSaveError(final_path_, EISDIR);
  }
  do {
    temporary_path_ = temporaryNameFor(final_path_);
    descriptor_ = open(temporary_path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) {
    throwSaveError(final_path_, errno);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    close(descriptor_);
    unlink(temporary_path_.c_str());
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throwSaveError(final_path_, errno);
    }
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0 || rename(temporary_path_.c_str(), final_path_.c_str()) != 0) {
    throwSaveError(final_path_, errno);
  }
  close(std::exchange(descriptor_, -1));
  const std::filesystem::path folder = final_path_.parent_path();
  syncFolder(folder.empty() ? "." : folder);
}

void writeText(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace panohead
