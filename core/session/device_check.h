#pragma once

#include "core/session/studio.h"

#include <string>

namespace panohead {

/// Draws a head with few rays by the device of a model and by the specification on the processor: over its
/// background, again from another side, and cut out. To be asked once, before the device is trusted: drivers
/// and hardware that these kernels have not met may draw anything.
/// @return what is wrong, in a sentence; empty: all is within 40 dB. Throws Cancelled.
std::string whyNotAsSpecified(const ModelPtr& model, JobContext& context);

}  // namespace panohead
