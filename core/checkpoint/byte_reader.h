#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace panohead {

/// The bytes of a model file together with the name that errors give it.
struct FileBytes {
  std::string name;
  std::span<const std::byte> bytes;

  /// Throws CheckpointError: file, byte offset of `where` (left out when it points into decoded
  /// text instead of the file), and what was expected there.
  [[noreturn]] void failAt(const std::byte* where, const std::string& expected) const;
  /// The same for faults that have no place. The text may hold what the file says: it is made fit to be
  /// shown.
  [[noreturn]] void fail(const std::string& fault) const;
};

/// A forward cursor over a part of a file that never leaves it: every read past the end throws
/// CheckpointError with the offset in the file.
class ByteReader {
 public:
  ByteReader(const FileBytes& file, std::span<const std::byte> part) : file_(&file), rest_(part) {}

  const std::byte* position() const noexcept { return rest_.data(); }
  std::span<const std::byte> rest() const noexcept { return rest_; }
  const FileBytes& file() const noexcept { return *file_; }

  /// `what` names the thing for the error, "a string of 12 bytes".
  std::span<const std::byte> take(std::uint64_t count, const char* what);
  std::uint8_t byte(const char* what) { return static_cast<std::uint8_t>(take(1, what)[0]); }
  /// Little-endian number of 2, 4 or 8 bytes.
  template <typename Number>
  Number number(const char* what) {
    Number value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }
  /// Text up to a newline, which is consumed but not part of the result.
  std::string_view line(const char* what);
  [[noreturn]] void fail(const std::string& expected) const { file_->failAt(rest_.data(), expected); }

 private:
  const FileBytes* file_;
  std::span<const std::byte> rest_;
};

inline std::string_view asText(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace panohead
