#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace panohead {
namespace {

[[noreturn]] void throwSaveError(const std::filesystem::path& path, int code) {
  std::string hint = "Choose a folder that exists and that you may write to.";
  if (code == ENOSPC || code == EDQUOT) {
    hint = "Free some space on that disk, or choose another folder.";
  } else if (code == EISDIR) {
    hint = "This name is a folder; choose a file name.";
  }
  throw SaveError("cannot write '" + path.string() + "': " + std::generic_category().message(code), hint);
}

// mkstemp makes files private; a saved file gets the permissions that any new file would get.
void applyDefaultPermissions(int descriptor) {
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, 0666 & ~mask);
}

// Makes the rename itself durable. Some file systems cannot sync a folder; that is no failure.
void syncFolder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path final_path) : final_path_(std::move(final_path)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(final_path_, ignored)) {
    throwSaveError(final_path_, EISDIR);
  }
  // The extension stays, because encoders choose the container by it.
  const std::string extension = final_path_.extension().string();
  std::string pattern =
      (final_path_.parent_path() / ("." + final_path_.stem().string() + ".XXXXXX" + extension)).string();
  descriptor_ = mkostemps(pattern.data(), static_cast<int>(extension.size()), O_CLOEXEC);
  if (descriptor_ < 0) {
    throwSaveError(final_path_, errno);
  }
  temporary_path_ = pattern;
  applyDefaultPermissions(descriptor_);
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

}  // namespace panohead
