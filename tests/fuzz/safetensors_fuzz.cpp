#include "core/checkpoint/safetensors.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace panohead;
  return fuzz::fuzzReader(data, size, [](const FileBytes& file, JobContext&, Checkpoint& checkpoint) {
    readSafetensorsCheckpoint(file, checkpoint);
  });
}
