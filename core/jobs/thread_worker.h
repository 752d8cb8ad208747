#pragma once

#include "core/jobs/worker.h"

#include <thread>

namespace panohead {

/// Runs jobs on a thread of its own, at a lower priority than its owner's, so that a window stays quick while
/// all cores compute. The destructor asks every job to stop and joins; nothing is
/// delivered after it.
class ThreadWorker final : public Worker {
 public:
  explicit ThreadWorker(std::function<void()> wake);
  ~ThreadWorker() override;

 private:
  std::jthread thread_;
};

}  // namespace panohead
