#pragma once

#include "core/jobs/worker.h"

namespace panohead {

/// Runs jobs on the owner's thread, inside drain(): for the command line and for tests. Callbacks that
/// start further jobs are served in the same drain(); a paused job is left for a later one.
class InlineWorker final : public Worker {
 public:
  explicit InlineWorker(std::function<void()> wake = {});
  void drain() override;
};

}  // namespace panohead
