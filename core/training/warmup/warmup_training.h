#pragma once

#include "core/training/training_run.h"
#include "core/training/warmup/warmup.h"

namespace panohead {

/// The warm-up's settings that a run's options describe. A step of the warm-up is one batch: batch /
/// warmup_views people; the run has kimg * 1000 / batch of them.
/// When it starts from a network (options.resume), only the codes learn in the first twentieth; else
/// super-resolution joins after the first third.
/// @param config of the generator  @param people of the data set
/// Throws OptionError naming the option.
WarmupOptions warmupOptions(const TrainingOptions& options,
                            const GeneratorConfig& config,
                            std::int64_t people);

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
