#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// The w with which a network draws each person of a data set, as a warm-up learned them.
struct PeopleCodes {
  std::vector<std::string> names;  // of the people, as the data set calls their folders
  at::Tensor w;                    // [people, w_dim] float32 on the CPU
};

/// The file in which a network's codes are looked for: "codes-000042.safetensors" beside
/// "network-snapshot-000042.safetensors", "codes-model.safetensors" beside "model.safetensors".
std::filesystem::path codesBeside(const std::filesystem::path& network);

/// Writes them as resources/docs/file_formats.md says, whole or not at all. Throws SaveError.
void writePeopleCodes(const std::filesystem::path& path, const PeopleCodes& codes);

/// Throws CheckpointError naming the file when it is not there or holds something else.
PeopleCodes readPeopleCodes(const std::filesystem::path& path);

}  // namespace panohead
