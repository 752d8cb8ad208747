#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/generator/discriminator.h"
#include "core/generator/generator.h"

namespace panohead {

/// Builds the generator that a file's network describes and fills it with the file's weights.
/// @param unused when not null, receives the names of tensors that the network does not know
/// Throws CheckpointError when the configuration or the tensors do not make such a network.
Generator loadGenerator(const NetworkState& network, std::vector<std::string>* unused = nullptr);

/// The same for a discriminator.
Discriminator loadDiscriminator(const NetworkState& network);

}  // namespace panohead
