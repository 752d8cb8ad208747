#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

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

/// Whether a name is one of temporaryNameFor() a final name that begins with `stem`:
/// ".checkpoint-0000001000.1f2e3d4c.safetensors".
bool isTemporary(std::string_view name, std::string_view stem) {
  constexpr std::size_t kDigits = 8;
  if (!name.starts_with('.') || !name.substr(1).starts_with(stem)) {
    return false;
  }
  std::string_view rest = name.substr(1 + stem.size());
  const std::size_t dot = rest.rfind('.');
  if (dot != std::string_view::npos && rest.size() - dot - 1 != kDigits) {
    rest = rest.substr(0, dot);  // the extension
  }
  if (rest.size() <= kDigits || rest[rest.size() - kDigits - 1] != '.') {
    return false;
  }
  return rest.substr(rest.size() - kDigits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
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

void removeLeftovers(const std::filesystem::path& folder,
                     std::span<const std::string_view> stems,
                     bool alone) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (std::ranges::any_of(stems, [&](std::string_view stem) { return isTemporary(name, stem); })) {
      found.push_back(i->path());
    }
  }
  for (const std::filesystem::path& path : found) {
    const int descriptor = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (alone || (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)) {
      unlink(path.c_str());
    }
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
}

AtomicFile::AtomicFile(std::filesystem::path final_path) : final_path_(std::move(final_path)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(final_path_, ignored)) {
    throwSaveError(final_path_, EISDIR);
  }
  do {
    temporary_path_ = temporaryNameFor(final_path_);
    descriptor_ = open(temporary_path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    // Held until the descriptor is closed, also by death; see removeLeftovers(), which may have been there
    // first. A file system that cannot lock keeps its leftovers.
    struct stat state{};
    if (descriptor_ >= 0 && flock(descriptor_, LOCK_EX) == 0 && fstat(descriptor_, &state) == 0 &&
        state.st_nlink == 0) {
      close(std::exchange(descriptor_, -1));
      errno = EEXIST;
    }
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
