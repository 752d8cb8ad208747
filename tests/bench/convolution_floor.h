#pragma once

#include "core/generator/super_resolution.h"

#include <functional>

namespace panohead::bench {

/// Median of so many runs after one that does not count, milliseconds.
double milliseconds(const std::function<void()>& work, int times);

/// Prints what the processor needs for the convolutions of super-resolution alone, layer by layer, with the
/// bytes that must be moved and how fast they can be: the least that a picture can take, and which share of
/// `measured` milliseconds it is.
void printConvolutionFloor(const SuperResolution& network, double measured);

}  // namespace panohead::bench
