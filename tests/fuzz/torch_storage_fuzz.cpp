#include "core/checkpoint/torch_pickle.h"
#include "core/checkpoint/torch_storage.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace panohead;
  return fuzz::fuzzReader(data, size, [](const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
    // A container that holds a bare storage, as inside a network snapshot, is not a checkpoint.
    for (const auto& [node, storage] : readTorchContainer(file, file.bytes).storages) {
      checkpoint.embedded_source_bytes +=
          storage.bytes.empty() ? 0 : std::to_integer<std::size_t>(storage.bytes.back());
    }
    readLegacyTorchCheckpoint(file, context, checkpoint);
  });
}
