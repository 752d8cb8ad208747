#pragma once

#include "core/dataset/dataset.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// Decoded pictures of one batch, as bytes.
struct DataBatch {
  std::int64_t size = 0;
  int resolution = 0;
  std::vector<std::uint8_t> pictures;  // [size, resolution, resolution, 3]
  std::vector<std::uint8_t> masks;     // [size, resolution, resolution]; empty without masks
  std::vector<float> labels;           // [size, 25]
  std::vector<DatasetItem> items;      // what they are
};

struct DataLoaderOptions {
  std::uint64_t seed = 0;      // of the order
  std::uint64_t position = 0;  // of the first batch in the endless order, in pictures
  std::int64_t batch = 4;      // pictures per batch over all ranks
  std::int64_t first = 0;      // this rank takes pictures [first, first + count) of every batch
  std::int64_t count = 4;
  int workers = 2;   // decoding threads
  int prefetch = 4;  // batches kept ready
};

/// Decodes ahead on threads of its own; batches come in the sampler's order whatever the number of
/// threads. A picture that cannot be decoded is replaced by the next item of the set (the same on every
/// rank and every run), counted and named.
class DataLoader {
 public:
  DataLoader(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options);
  ~DataLoader();  // stops the threads
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Waits for the next batch. Throws DatasetError when a hundred pictures in a row cannot be decoded.
  DataBatch next();
  /// Position of the batch that next() returns next: what a checkpoint stores.
  std::uint64_t position() const;
  /// Names of the pictures skipped so far, each once, with the reason, in the order in which they were found:
  /// later calls add to the end.
  std::vector<std::string> skipped() const;
  /// Seconds that next() waited for the threads, in all.
  double secondsWaited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace panohead
