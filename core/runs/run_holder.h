#pragma once

#include <sys/types.h>

#include <ctime>
#include <filesystem>
#include <string>

namespace panohead {

/// The process that trains in a run folder, as its run.lock tells. Looking takes no lock: a run that starts
/// at the same moment must not find the folder in use.
struct RunHolder {
  pid_t pid = 0;          // 0: nobody
  std::string host;       // of that process
  std::string since;      // "2026-01-31 12:00:00 UTC"
  std::time_t start = 0;  // the same as a number; 0: unknown
  bool is_here = false;   // on this machine: signals reach it
  bool alive = false;
};

/// Who holds the folder. Somebody on another machine counts as alive while the lock is touched; one here,
/// while the process has the lock file open.
RunHolder runHolder(const std::filesystem::path& folder);

/// Whether there is such a process on this machine (one that ended but was not waited for is none).
bool isProcess(pid_t pid);

}  // namespace panohead
