#pragma once

#include "core/checkpoint/tensor_record.h"
#include "core/jobs/job.h"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace panohead {

enum class CheckpointFormat { Pickle, TorchZip, TorchLegacy, Safetensors };

/// "pickle", "torch zip", "torch (before zip)", "safetensors"
const char* formatName(CheckpointFormat format) noexcept;

/// One network of a file, as data: no code of the file was run.
struct NetworkState {
  std::string key;         // "G", "D", "G_ema"; "" when the file holds one unnamed state dictionary
  std::string class_name;  // "TriPlaneGenerator"; "" when the file does not say
  /// JSON text: the constructor's keywords (`_init_kwargs`) with the object's own attributes on top,
  /// that is `rendering_kwargs` and `neural_rendering_resolution` of the *object* decide.
  /// "{}" when the file carries no configuration (bare state dictionaries).
  std::string config = "{}";
  /// Parameters first, then buffers, then plain attributes, each in file order; names are unique.
  std::vector<TensorRecord> tensors;

  const TensorRecord* find(const std::string& name) const noexcept;
};

/// An opened model file. Cheap to copy (tensors point into the shared mapping).
struct Checkpoint {
  std::filesystem::path path;
  CheckpointFormat format = CheckpointFormat::Pickle;
  std::vector<NetworkState> networks;
  std::string training_set = "{}";              // JSON text of training_set_kwargs
  std::map<std::string, std::string> metadata;  // safetensors metadata as found
  std::vector<std::string> classes;  // named by a pickle ("module.Class"), sorted, unique, never imported
  std::size_t embedded_source_bytes = 0;             // Python text carried by a pickle (never run)
  std::span<const std::byte> bytes;                  // the whole file as mapped
  std::vector<std::shared_ptr<const void>> backing;  // keeps the bytes of all records alive

  /// The named network, or with an empty key the one to draw with: G_ema, else G, else the only one.
  /// Throws CheckpointError listing what is there.
  const NetworkState& network(const std::string& key = {}) const;
};

struct FileBytes;

/// Opens a `.pkl` of the StyleGAN/EG3D/PanoHead family (inert reader, protocols 2 to 5), a zip-format
/// torch file with state dictionaries (`.pt`, `.pth`), or `.safetensors`; the kind is told by content,
/// not by name. The file is memory-mapped; weights are not copied.
/// Throws CheckpointError naming the file, the byte offset and what was expected; Cancelled.
Checkpoint openCheckpoint(const std::filesystem::path& path, JobContext& context);

/// The same for a file whose bytes are in memory; they must outlive the Checkpoint.
Checkpoint readCheckpoint(const FileBytes& file, JobContext& context);

}  // namespace panohead
