#pragma once

#include "core/avatar/latent_direction.h"
#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// Layers [first, last) of w; negative last: to the end.
struct LayerRange {
  int first = 0;
  int last = -1;
};

/// The named directions that a model comes with (`directions.safetensors` beside its file); empty when there
/// are none, or when they were made for another width of w. Throws CheckpointError for a damaged file.
std::vector<DirectionPtr> shippedDirections(const Model& model);

/// Directions that need no labels, largest effect first.
enum class DirectionKind {
  Factors,              // closed-form factorisation of the style layers' weights (Shen and Zhou 2021)
  PrincipalComponents,  // of w over random heads (Haerkoenen et al. 2020)
};
/// Throws OptionError when the range holds no layer; Cancelled.
std::vector<DirectionPtr> foundDirections(
    const Model& model, DirectionKind kind, LayerRange layers, int count, JobContext& context);

/// Named and kept by the user. Read back by readDirectionFile(). Throws SaveError.
void writeDirectionFile(const std::filesystem::path& path, const std::vector<DirectionPtr>& directions);
/// Throws CheckpointError naming the file.
std::vector<DirectionPtr> readDirectionFile(const std::filesystem::path& path);

/// SHA-256 of a model file, 64 hexadecimal digits. Throws CheckpointError, Cancelled.
std::string fileHash(const std::filesystem::path& path, JobContext& context);

}  // namespace panohead
