#include "core/checkpoint/torch_pickle.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return panohead::fuzz::fuzzReader(data, size, panohead::readPickleCheckpoint);
}
