#include "core/checkpoint/torch_zip.h"
#include "tests/fuzz/fuzz_reader.h"

#include <zip.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void addEntry(zip_t* archive, const char* name, const void* data, std::size_t size) {
  zip_source_t* source = zip_source_buffer(archive, data, size, 0);
  const zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_OVERWRITE);
  if (index < 0 ||
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0) {
    std::abort();
  }
}

// An archive with valid checksums around arbitrary bytes, which mutation alone would never meet.
std::vector<std::uint8_t> wrap(const std::uint8_t* pickle, std::size_t size) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  const std::array<float, 16> storage{1, 2, 3};
  addEntry(archive, "a/data.pkl", pickle, size);
  addEntry(archive, "a/data/0", storage.data(), sizeof storage);
  addEntry(archive, "a/data/1", storage.data(), 4);
  if (zip_close(archive) != 0 || zip_source_open(target) != 0) {
    std::abort();
  }
  zip_source_seek(target, 0, SEEK_END);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(zip_source_tell(target)));
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
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
