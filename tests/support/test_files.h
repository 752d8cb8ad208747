#pragma once

#include "tests/support/places.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

/// Files for tests that know no LibTorch.
namespace panohead::test {

/// A file that comes with the sources (tests/data).
inline std::filesystem::path sourceData(const std::string& name) {
  return sourceFolder() / "tests" / "data" / name;
}

/// A file of the shared golden data: $PANOHEAD_SHARED, else ../shared beside the sources.
inline std::filesystem::path sharedData(const std::string& name) {
  const char* folder = std::getenv("PANOHEAD_SHARED");
  return (folder ? std::filesystem::path(folder) : sourceFolder() / "../shared") / name;
}

inline std::vector<std::byte> readBytes(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(stream), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline void writeBytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace panohead::test

/// Skips the test where the shared file is missing, else names it `variable`.
#define PANOHEAD_SHARED_FILE(variable, relative)                                 \
  const std::string variable = panohead::test::sharedData(relative).string();    \
  if (!std::filesystem::exists(variable)) {                                      \
    GTEST_SKIP() << "needs " relative " of the shared folder (PANOHEAD_SHARED)"; \
  }                                                                              \
  static_assert(true)
