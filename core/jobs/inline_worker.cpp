#include "core/jobs/inline_worker.h"

#include <utility>

namespace panohead {

InlineWorker::InlineWorker(std::function<void()> wake) : Worker(std::move(wake)) {}

void InlineWorker::drain() {
  Worker::drain();
  while (runNext()) {
    Worker::drain();
  }
}

}  // namespace panohead
