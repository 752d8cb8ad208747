#pragma once

#include "core/jobs/worker.h"

#include <thread>

namespace panohead {

/// Runs jobs on a thread of its own. The destructor asks every job to stop and joins; nothing is
/// delivered after it.
class ThreadWorker final : public Worker {
 public:
  explicit ThreadWorker(std::function<void()> wake);
  ~ThreadWorker() override;

 private:
  std::jthread thread_;
};

}  // namespace panohead
