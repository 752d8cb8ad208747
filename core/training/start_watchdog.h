#pragma once

#include "core/training/communicator_mpi.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace panohead {

/// MPI_Init waits for all processes and cannot be interrupted; nothing is to be saved there yet. So when some
/// never come (one died before it got there), this ends the process with a message.
class StartWatchdog {
 public:
  explicit StartWatchdog(std::chrono::duration<double> patience)
      : thread_([this, patience] {
          std::unique_lock lock(mutex_);
          if (!started_.wait_for(lock, patience, [this] { return done_; })) {
            std::fputs("the ranks of this run did not all start: one has ended before it met the others\n",
                       stderr);
            failLauncher();
            _exit(1);
          }
        }) {}
  ~StartWatchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    started_.notify_one();
    thread_.join();
  }
  StartWatchdog(const StartWatchdog&) = delete;
  StartWatchdog& operator=(const StartWatchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable started_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace panohead
