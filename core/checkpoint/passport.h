#pragma once

#include "core/checkpoint/checkpoint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace panohead {

/// What a model file is and holds, for `info`, the model card and bug reports.
struct ModelPassport {
  struct Network {
    std::string key;         // "G_ema"; "" where the file does not name it
    std::string class_name;  // "" where the file does not say
    std::size_t parameter_tensors = 0;
    std::size_t buffer_tensors = 0;  // plain attributes included
    std::int64_t parameters = 0;     // numbers in all parameters
    std::int64_t buffer_numbers = 0;
    std::uint64_t bytes = 0;      // of all elements as stored
    std::string types;            // "float32", or "float16, float32"
    std::int64_t resolution = 0;  // pixels on a side of its pictures; 0 where the file does not say
    std::string config;           // JSON text
  };

  std::string file;
  CheckpointFormat format = CheckpointFormat::Pickle;
  std::uint64_t file_bytes = 0;
  std::string sha256;  // of the whole file
  std::vector<Network> networks;
  std::string training_set;  // JSON text, "{}" where the file does not say
  std::map<std::string, std::string> metadata;
  std::vector<std::string> classes;       // named by the file, never imported
  std::size_t embedded_source_bytes = 0;  // Python text in the file, never run

  /// Many lines for a terminal, with nothing from the file that terminals obey.
  std::string toText() const;
  /// A JSON object with everything, indented.
  std::string toJson() const;
};

/// Reads the whole file once for its hash (progress is reported). Throws Cancelled.
ModelPassport makePassport(const Checkpoint& checkpoint, JobContext& context);

/// SHA-256 of a checkpoint's file, hexadecimal; progress is reported. Throws Cancelled.
std::string hashOf(const Checkpoint& checkpoint, JobContext& context);

}  // namespace panohead
