#include "core/checkpoint/mapped_file.h"

#include "core/base/error.h"
#include "core/base/regular_file.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace panohead {
namespace {

[[noreturn]] void throwSystemError(const std::filesystem::path& path, int code) {
  throw CheckpointError(
      fmt::format("cannot open '{}': {}", path.string(), std::generic_category().message(code)),
      code == ENOENT   ? "Check the path."
      : code == ENOMEM ? "Close other programs, or raise the limit on memory (ulimit -v): the file is larger "
                         "than what is left."
                       : "Check that you may read this file.");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const RegularFile file(path);
  if (file.code() != 0) {
    throwSystemError(path, file.code());
  }
  if (file.isFolder()) {
    throw CheckpointError(fmt::format("'{}' is a folder", path.string()),
                          "Give the model file inside it (.pkl, .pt, .pth or .safetensors).");
  }
  if (!file.fault().empty()) {
    throw CheckpointError(fmt::format("'{}' is not a regular file", path.string()), "Give a model file.");
  }
  if (file.size() == 0) {
    throw CheckpointError(fmt::format("'{}' is empty", path.string()), "Copy or download the file again.");
  }
  const auto size = static_cast<std::size_t>(file.size());
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) {
    throwSystemError(path, errno);
  }
  bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::~MappedFile() { munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace panohead
