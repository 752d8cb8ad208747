#pragma once

#include "core/jobs/worker.h"

#include <utility>

namespace panohead {

/// Runs jobs on the owner's thread, inside drain(). Callbacks that start further jobs are served in the same
/// drain(); a paused job is left for a later one.
class InlineWorker final : public Worker {
 public:
  explicit InlineWorker(std::function<void()> wake = {}) : Worker(std::move(wake)) {}
  void drain() override {
    Worker::drain();
    while (runNext()) {
      Worker::drain();
    }
  }
};

}  // namespace panohead
