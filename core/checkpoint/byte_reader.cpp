#include "core/checkpoint/byte_reader.h"

#include "core/base/error.h"
#include "core/base/printable_text.h"

#include <fmt/format.h>

#include <bit>
#include <functional>

namespace panohead {

static_assert(std::endian::native == std::endian::little, "model files are little-endian, and read in place");

void FileBytes::failAt(const std::byte* where, const std::string& expected) const {
  const std::byte* begin = bytes.data();
  const std::byte* end = begin + bytes.size();
  // std::less compares pointers into different arrays soundly; `where` may be such a pointer.
  const bool inside = !std::less<>{}(where, begin) && !std::less<>{}(end, where);
  fail(inside ? fmt::format("at byte {}: expected {}", where - begin, expected)
              : fmt::format("in an embedded tensor: expected {}", expected));
}

void FileBytes::fail(const std::string& fault) const {
  constexpr std::size_t kMaxFault = 1000;  // bytes: names in a hostile file may be as long as the file
  throw CheckpointError(
      fmt::format("'{}' cannot be read, {}", name, shortened(printable(fault), kMaxFault)),
      "The file is damaged, incomplete or of a kind that is not known: copy or download it again.");
}

std::span<const std::byte> ByteReader::take(std::uint64_t count, const char* what) {
  if (count > rest_.size()) {
    fail(fmt::format("{} of {} bytes, but only {} are left", what, count, rest_.size()));
  }
  const auto taken = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(static_cast<std::size_t>(count));
  return taken;
}

std::string_view ByteReader::line(const char* what) {
  const std::string_view text = asText(rest_);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    fail(fmt::format("{} ended by a newline", what));
  }
  rest_ = rest_.subspan(end + 1);
  return text.substr(0, end);
}

}  // namespace panohead
