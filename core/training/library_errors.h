#pragma once

#include <functional>
#include <string>

namespace panohead {

/// What the user of a run may lower when memory runs out.
inline constexpr const char* kLowerMemory =
    "lower --batch-gpu (the batch then goes in rounds), --neural-rendering-resolution-initial or "
    "--depth-resolution; --dry-run forecasts what a run takes";

/// Does some work; what LibTorch and the allocator throw becomes an error of the program, so that it ends a
/// run as any other does: a line in the log, an event, the launcher told.
/// Throws DeviceError when memory ran out, with `lower` as the hint; TrainingError for other errors of
/// LibTorch; what the work throws else.
/// @param lower what the user may lower
void withLibraryErrors(const std::function<void()>& work, const std::string& lower);

}  // namespace panohead
