#include "core/base/zip_writer.h"
#include "core/checkpoint/torch_zip.h"
#include "tests/fuzz/fuzz_reader.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

// An archive with valid checksums around arbitrary bytes, which mutation alone would never meet. The writer
// writes files only: one of this process's own, in memory where the system keeps its temporary files there.
std::vector<std::uint8_t> wrap(const std::uint8_t* pickle, std::size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("zip_fuzz_" + std::to_string(getpid()));
  const std::array<float, 16> storage{1, 2, 3};
  const auto bytes = std::as_bytes(std::span(storage));
  panohead::ZipWriter writer(path);
  writer.add("a/data.pkl", std::as_bytes(std::span(pickle, size)));
  writer.add("a/data/0", bytes);
  writer.add("a/data/1", bytes.first(4));
  writer.finish();
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using panohead::fuzz::fuzzReader;
  if (size > 2 && data[0] == 'P' && data[1] == 'K') {
    return fuzzReader(data, size, panohead::readTorchZipCheckpoint);
  }
  const std::vector<std::uint8_t> archive = wrap(data, size);
  return fuzzReader(archive.data(), archive.size(), panohead::readTorchZipCheckpoint);
}
