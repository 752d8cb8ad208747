#include "core/base/crc32.h"

#include <array>

namespace panohead {
namespace {

constexpr std::size_t kSlices = 8;  // bytes taken at once
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

/// tables[k][b]: what the byte b contributes when k more bytes follow.
constexpr Tables makeTables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = value >> 1 ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
    }
    tables[0][byte] = value;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t shorter = tables[slice - 1][byte];
      tables[slice][byte] = shorter >> 8 ^ tables[0][shorter & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = makeTables();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) {
  std::uint32_t state = ~before;
  const auto byteAt = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  while (bytes.size() >= kSlices) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const std::uint32_t mixed = byteAt(i) ^ (i < 4 ? state >> (8 * i) & 0xFF : 0);
      next ^= kTables[kSlices - 1 - i][mixed];
    }
    state = next;
    bytes = bytes.subspan(kSlices);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    state = state >> 8 ^ kTables[0][(state ^ byteAt(i)) & 0xFF];
  }
  return ~state;
}

}  // namespace panohead
