#pragma once

#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/passport.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace panohead::fuzz {

/// Runs a reader over arbitrary bytes and then uses everything it gave: every element of every tensor
/// is touched (so that a record outside of its storage is found) and the passport is written.
/// The only way out for bad input is CheckpointError; anything else ends the fuzzer.
template <typename Reader>
int fuzzReader(const std::uint8_t* data, std::size_t size, Reader read) {
  const FileBytes file{"fuzz", {reinterpret_cast<const std::byte*>(data), size}};
  SilentContext context;
  Checkpoint checkpoint;
  checkpoint.bytes = file.bytes;
  try {
    read(file, context, checkpoint);
  } catch (const CheckpointError&) {
    return 0;
  }
  std::vector<std::byte> elements;
  for (const NetworkState& network : checkpoint.networks) {
    for (const TensorRecord& tensor : network.tensors) {
      const std::int64_t count = std::min<std::int64_t>(tensor.elementCount(), 4096);
      elements.resize(static_cast<std::size_t>(count) * itemSize(tensor.dtype));
      copyElements(tensor, tensor.elementCount() - count, count, elements.data());
    }
  }
  const ModelPassport passport = makePassport(checkpoint, context);
  return passport.toText().empty() || passport.toJson().empty();
}

}  // namespace panohead::fuzz
