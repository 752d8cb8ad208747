#pragma once

#include <cstdint>

namespace panohead {

/// Bytes that this machine (or its container) can still give to a process; 0 where it does not say.
std::uint64_t availableMemory();

}  // namespace panohead
