#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace panohead {

/// Checksum of zip and PNG files (CRC-32 of ISO 3309, reflected polynomial EDB88320). `before` is the
/// checksum of the bytes that come first, 0 at the start.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace panohead
