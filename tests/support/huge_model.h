#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace panohead::test {

/// A model file of a terabyte, of zeros that take no room on the disk.
/// @returns false where no such file can be made
inline bool writeHugeModel(const std::filesystem::path& path) {
  const std::uint64_t bytes = std::uint64_t{1} << 40U;
  const std::string header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(bytes / 4) +
                             "],\"data_offsets\":[0," + std::to_string(bytes) + "]}}";
  const std::uint64_t length = header.size();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(&length), sizeof length)
      .write(header.data(), static_cast<std::streamsize>(header.size()));
  std::error_code error;
  std::filesystem::resize_file(path, sizeof length + length + bytes, error);
  return !error;
}

}  // namespace panohead::test
