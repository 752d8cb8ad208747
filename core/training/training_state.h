#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// Everything that a run needs to go on exactly where it was: networks, optimisers, random states as
/// named tensors, schedules and counters as one text.
struct TrainingState {
  std::vector<std::pair<std::string, at::Tensor>> tensors;  // any type, shape and device; names are unique
  std::string text;                                         // JSON, valid UTF-8

  /// Throws CheckpointError when there is no such tensor.
  const at::Tensor& at(const std::string& name) const;
  /// Writes its values into tensors of the same names; others of its own are left out.
  /// Throws CheckpointError when one is not there or of another shape.
  void copyTo(const std::vector<std::pair<std::string, at::Tensor>>& tensors) const;
};

/// Names of the tensors that hold NaN or infinity; empty: all is well.
std::vector<std::string> damagedTensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors);

/// Writes a state as safetensors with a checksum (CRC-32C over everything), whole or not at all, one tensor
/// in memory at a time. Every bit is kept, those of infinities and NaNs included.
/// Throws SaveError; DiskFullError when there is no room.
void writeTrainingState(const std::filesystem::path& path, const TrainingState& state);

/// Reads it back: the tensors lie on the CPU, in the order in which they were written (empty ones may
/// have moved). Throws CheckpointError when the file is missing, torn, damaged or of another kind.
TrainingState readTrainingState(const std::filesystem::path& path);

/// Whether the file looks like a training state rather than a network file. Reads no more than its
/// header; false when it cannot be read.
bool isTrainingState(const std::filesystem::path& path);

}  // namespace panohead
