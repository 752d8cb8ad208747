#pragma once

#include "core/tensor/parameter_store.h"

#include <string>
#include <vector>

namespace panohead {

/// Lets a generator learn what the camera has no say in yet. What the camera does to w goes through two
/// factors (backbone.mapping: embed and the columns of fc0 behind those of z), what it does to itself through
/// three (t_mapping: embed, fc0, fc1). Where two factors in a row are zero neither has a gradient, and
/// training never leaves that place; warm-ups wrote such networks until they learned to leave all but the
/// last factor alone. Here the weights before a zero factor that are all zero themselves get the random
/// numbers that a new network has (normal, deviation 1), the same in every network. What is drawn stays the
/// same to the bit, because the last factor stays zero.
/// @param generator its parameters, on any device
/// @return names of the weights that were filled; none for networks that can learn
std::vector<std::string> wakeCamera(const ParameterStore& generator);

}  // namespace panohead
