#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// The most that a header may have; of the format itself.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

/// The most that a network's configuration, and the training settings, may have as JSON text.
inline constexpr std::size_t kMaxConfigBytes = 1'000'000;

/// What lies in a safetensors file, before it is divided into networks.
struct SafetensorsContent {
  std::vector<TensorRecord> tensors;  // in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Strict reader: the header must be exact JSON of the format, every name unique, sizes and types agree
/// with the byte ranges, and the ranges cover the data without gap or overlap. Nothing is copied.
/// Throws CheckpointError.
SafetensorsContent readSafetensors(const FileBytes& file);

/// Divides a file into networks by our metadata convention (resources/docs, file formats):
/// one network: unprefixed names, metadata `config`, `network`, `class_name`;
/// several: `networks` = "G_ema,D", names "G_ema.<name>", metadata `config.G_ema`, `class_name.G_ema`.
/// A file without configuration is one network with the key "". Throws CheckpointError.
void readSafetensorsCheckpoint(const FileBytes& file, Checkpoint& checkpoint);

/// One tensor of a file that is being written.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape{};
};

/// The first bytes of a safetensors file; the tensors' bytes follow in the order of `entries`, without gaps.
/// Throws SaveError naming `path` when a name is not valid text, or when it all has more than
/// kMaxHeaderBytes.
std::string safetensorsHeader(const std::filesystem::path& path,
                              std::span<const SafetensorsEntry> entries,
                              const std::map<std::string, std::string>& metadata);

struct SafetensorsOptions {
  bool half = false;  // store float32 values as float16, except tensors that half precision cannot hold
  std::map<std::string, std::string> metadata{};  // added to that of the convention, which wins
};

/// Metadata that tells where converted networks come from: name and SHA-256 of the source file (which
/// is read once), training settings, and the notes that the source itself carries. Throws Cancelled.
std::map<std::string, std::string> provenanceOf(const Checkpoint& source, JobContext& context);

/// Writes networks by the same convention, streaming, to a temporary name that is renamed when complete.
/// Throws SaveError (disk full, unwritable, names that the format cannot hold, more text than readers take);
/// Cancelled.
void writeSafetensors(const std::filesystem::path& path,
                      std::span<const NetworkState> networks,
                      const SafetensorsOptions& options,
                      JobContext& context);

}  // namespace panohead
