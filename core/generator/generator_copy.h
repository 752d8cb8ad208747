#pragma once

#include "core/generator/generator.h"

namespace panohead {

/// The same weights and buffers in memory of their own, on a device.
Generator copyOf(const Generator& generator, at::Device device);

}  // namespace panohead
