#pragma once

#include "core/training/training_run.h"

namespace panohead {

/// runTraining for options.warmup: the same folder, files, checkpoints, wishes and errors, but the networks
/// learn by reconstruction. A run that starts from nothing learns backgrounds first. Network files hold the
/// averaged generator with a mapping written from the people's codes, so that they draw from z and
/// adversarial training can start from them; beside the last one lies directions.safetensors when there are
/// attributes. The sheets show people of the data set and what the generator makes of their codes.
void runWarmup(const TrainingOptions& options,
               TrainingControl& control,
               TrainingListener& listener,
               JobContext& context);

}  // namespace panohead
