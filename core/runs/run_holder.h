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
  std::time_t seen = 0;   // when it touched the lock last, by the clock of the file system; 0: nobody
  bool is_here = false;   // on this machine: signals reach it
  bool alive = false;
};

/// Who holds the folder. Somebody on another machine counts as alive while the lock is touched; one here,
/// while the process has the lock file open.
RunHolder runHolder(const std::filesystem::path& folder);

/// Whether there is such a process on this machine (one that ended but was not waited for is none).
bool isProcess(pid_t pid);

/// The process of this machine that a window started for the folder (run_files.h), with or without its lock;
/// 0 when it ended or there is none. The number alone says nothing: another machine that shares the folder
/// may have written it, and after a restart of this one it may be anybody's.
pid_t launchedProcess(const std::filesystem::path& folder);

}  // namespace panohead
