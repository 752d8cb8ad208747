#pragma once

#include <filesystem>

namespace panohead::test {

/// Writes the full-size generator (512 px, 8XDC, 53.7 M parameters; weights by the rule of
/// full.golden.json) as a safetensors file of ours.
void writeFullSizeModel(const std::filesystem::path& file);

}  // namespace panohead::test
