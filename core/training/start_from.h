#pragma once

#include "core/jobs/job.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <string>

namespace panohead {

/// Weights for a new run from a network file (snapshot, .pkl, .safetensors) or another run's checkpoint:
/// G from "G" (else G_ema), G_ema from "G_ema" (else G), D from "D" where there is one of the same shape. The
/// optimisers and counters start anew. What the camera has no say in, in a network file, can be learned from
/// now on (wakeCamera).
/// @return what was taken, a line for the log
/// Throws CheckpointError naming what does not fit this run's options.
std::string startFrom(Trainer& trainer, const std::filesystem::path& file, JobContext& context);

}  // namespace panohead
