#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace panohead {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of a stream of bytes: finds torn and damaged files. No
/// protection against forgery.
class Crc32c {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  std::uint32_t value() const noexcept { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffff;
};

inline std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  Crc32c crc;
  crc.update(bytes);
  return crc.value();
}

}  // namespace panohead
