#pragma once

#include "core/nn/synthesis_network.h"

#include <functional>
#include <string>
#include <vector>

namespace panohead::bench {

/// Median of so many runs after one that does not count, milliseconds.
double milliseconds(const std::function<void()>& work, int times);

/// Prints what the processor needs for the convolutions of these blocks alone (ToRGB of planes, too), layer
/// by layer where there are few, with the bytes that must be moved and how fast they can be: the least that
/// they can take, and which share of `measured` milliseconds it is.
void printConvolutionFloor(const std::string& what,
                           const std::vector<const nn::SynthesisBlock*>& blocks,
                           double measured);

}  // namespace panohead::bench
