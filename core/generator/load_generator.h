#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/generator/generator.h"
#include "core/training/discriminator.h"

namespace panohead {

/// Builds the generator that a file's network describes and fills it with the file's weights.
/// Throws CheckpointError when the configuration or the tensors do not make such a network.
Generator loadGenerator(const NetworkState& network);

/// The same for a discriminator.
Discriminator loadDiscriminator(const NetworkState& network);

}  // namespace panohead
