#pragma once

#include "core/base/memory_advice.h"

#include <functional>
#include <string>

namespace panohead {

/// Does some work; what LibTorch and the allocator throw becomes an error of the program, so that it ends a
/// run as any other does: a line in the log, an event, the launcher told.
/// Throws DeviceError when memory ran out, with `lower` as the hint; TrainingError for other errors of
/// LibTorch; what the work throws else.
/// @param lower what the user may lower
void withLibraryErrors(const std::function<void()>& work, const std::string& lower);

}  // namespace panohead
