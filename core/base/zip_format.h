#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The records of zip files (PKWARE APPNOTE 6.3.10, section 4.3), shared by reader and writer. All numbers
/// are little-endian and unaligned.
namespace panohead::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kDirectoryHeader = 0x02014b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kEnd64Locator = 0x07064b50;

inline constexpr std::size_t kLocalHeaderBytes = 30;      // before name and extra field
inline constexpr std::size_t kDirectoryHeaderBytes = 46;  // before name, extra field and comment
inline constexpr std::size_t kEndBytes = 22;              // before the comment
inline constexpr std::size_t kEnd64Bytes = 56;
inline constexpr std::size_t kEnd64LocatorBytes = 20;

inline constexpr std::uint16_t kZip64Extra = 1;
inline constexpr std::uint16_t kEncryptedFlag = 1;
inline constexpr std::uint16_t kUtf8Flag = 1U << 11;
inline constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the number is in the 64-bit extra field
inline constexpr std::uint16_t kIn64Count = 0xFFFF;

/// An unsigned number at `offset`; the caller has checked that it lies inside.
template <typename Number>
Number get(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8 * i);
  }
  return static_cast<Number>(value);
}

template <typename Number>
void put(std::vector<std::byte>& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.push_back(static_cast<std::byte>(std::uint64_t{number} >> (8 * i) & 0xFF));
  }
}

}  // namespace panohead::zip
