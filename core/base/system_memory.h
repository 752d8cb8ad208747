#pragma once

#include <cstdint>
#include <filesystem>

namespace panohead {

/// Bytes that this machine (or its container) can still give to a process; 0 where it does not say.
/// @param meminfo, cgroup where the system tells it (tests have files of their own)
std::uint64_t availableMemory(const std::filesystem::path& meminfo = "/proc/meminfo",
                              const std::filesystem::path& cgroup = "/sys/fs/cgroup");

}  // namespace panohead
