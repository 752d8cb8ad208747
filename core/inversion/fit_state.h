#pragma once

#include "core/training/training_state.h"

#include <filesystem>

namespace panohead {

/// A fit at one step: latent, cameras, optimiser, and in tuning the weights. Copying copies handles; the
/// tensors are never written to.
struct FitState {
  TrainingState data;
};

/// Whole or not at all, with a checksum. Throws SaveError; DiskFullError when there is no room.
void writeFitState(const std::filesystem::path& path, const FitState& state);
/// Throws CheckpointError when the file is missing, damaged or of another kind.
FitState readFitState(const std::filesystem::path& path);

}  // namespace panohead
