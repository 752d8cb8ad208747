#pragma once

#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <string>
#include <vector>

namespace panohead {

/// SHA-256 of a model's file, by which avatars and projects know it; read when it is first asked for (about
/// a second for a published model). Empty for a model that has no file. Throws CheckpointError; Cancelled.
std::string modelSha256(const Model& model, JobContext& context);

/// The model with the tuned weights of avatars: the model itself where they have none. Untouched weights are
/// shared. The last few are kept, so that sliders and films of one avatar unpack it once.
/// Throws CheckpointError for an avatar of another model; DeviceError when memory is short; Cancelled.
ModelPtr tunedModel(const ModelPtr& model, const std::vector<AvatarShare>& avatars, JobContext& context);

}  // namespace panohead
