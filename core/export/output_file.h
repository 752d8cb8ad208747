#pragma once

#include "core/base/atomic_file.h"
#include "core/jobs/job.h"

#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace panohead {

static_assert(std::endian::native == std::endian::little,
              "the binary formats are written as memory has them");

/// A file written in pieces of any size, that can be cancelled, and appears whole or not at all (AtomicFile).
class OutputFile {
 public:
  OutputFile(std::filesystem::path path, JobContext& context) : file_(std::move(path)), context_(context) {}

  void write(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > kPiece) {
      flush();
    }
    while (bytes.size() > kPiece) {
      context_.checkpoint();
      file_.write(bytes.first(kPiece));
      bytes = bytes.subspan(kPiece);
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// A value as memory has it: numbers and packed structures of them.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void writeValue(const T& value) {
    write(std::as_bytes(std::span(&value, 1)));
  }

  /// All is on its way to the disk; what does not fit there is said here.
  void flush() {
    context_.checkpoint();
    file_.write(buffer_);
    buffer_.clear();
  }
  /// Gives the file its name; call flush() before.
  void commit() { file_.commit(); }

 private:
  static constexpr std::size_t kPiece = 1 << 20;  // bytes, written in a few milliseconds
  AtomicFile file_;
  JobContext& context_;
  std::vector<std::byte> buffer_;
};

}  // namespace panohead
