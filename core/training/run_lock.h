#pragma once

#include <filesystem>
#include <thread>

namespace panohead {

/// Keeps a second run out of a run folder: holds "run.lock" in it, locked (flock) and touched every few
/// seconds. A lock ends with its process, however that dies. On file systems shared between machines
/// that do not pass locks on, a lock touched within the last minute by another machine counts as held.
class RunLock {
 public:
  /// @param take_over for a rank that goes on for the one that held the lock and is lost: whatever the file
  ///   says, the folder is this process's now
  /// Throws TrainingError naming the process and machine that holds the folder; SaveError when the folder
  /// cannot be written to.
  explicit RunLock(const std::filesystem::path& folder, bool take_over = false);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
  std::jthread heartbeat_;
};

}  // namespace panohead
