#include "core/checkpoint/mapped_file.h"

#include "core/base/error.h"
#include "core/base/file_descriptor.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace panohead {
namespace {

[[noreturn]] void throwSystemError(const std::filesystem::path& path, int code) {
  throw CheckpointError(
      fmt::format("cannot open '{}': {}", path.string(), std::generic_category().message(code)),
      code == ENOENT ? "Check the path of the model file." : "Check that you may read this file.");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Looked at before opening: opening a named pipe would wait for ever.
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) {
    throwSystemError(path, errno);
  }
  if (S_ISDIR(info.st_mode)) {
    throw CheckpointError(fmt::format("'{}' is a folder", path.string()),
                          "Give the model file inside it (.pkl, .pt, .pth or .safetensors).");
  }
  if (!S_ISREG(info.st_mode)) {
    throw CheckpointError(fmt::format("'{}' is not a regular file", path.string()), "Give a model file.");
  }
  const FileDescriptor descriptor(path);
  if (descriptor.get() < 0 || fstat(descriptor.get(), &info) != 0) {
    throwSystemError(path, errno);
  }
  if (info.st_size == 0) {
    throw CheckpointError(fmt::format("'{}' is empty", path.string()), "Copy or download the file again.");
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (data == MAP_FAILED) {
    throwSystemError(path, errno);
  }
  bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::~MappedFile() { munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace panohead
