#include "core/base/crc32c.h"

#include <array>
#include <cstring>

namespace panohead {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected
using Table = std::array<std::array<std::uint32_t, 256>, 8>;

// table[k][b]: what byte b does to the state when k more bytes follow. Eight bytes are done at once.
constexpr Table makeTable() {
  Table table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) {
      state = (state >> 1) ^ ((state & 1U) != 0 ? kPolynomial : 0);
    }
    table[0][byte] = state;
  }
  for (std::size_t k = 1; k < table.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = table[k - 1][byte];
      table[k][byte] = (before >> 8) ^ table[0][before & 0xff];
    }
  }
  return table;
}

constexpr Table kTable = makeTable();

}  // namespace

void Crc32c::update(std::span<const std::byte> bytes) noexcept {
  std::uint32_t state = state_;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;  // little-endian, as every machine that this runs on
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= state;
    state = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      state ^= kTable[7 - k][(word >> (8 * k)) & 0xff];
    }
  }
  for (const std::byte byte : bytes) {
    state = (state >> 8) ^ kTable[0][(state ^ static_cast<std::uint32_t>(byte)) & 0xff];
  }
  state_ = state;
}

}  // namespace panohead
