#include "core/jobs/thread_worker.h"

#include "core/jobs/thread_turns.h"

#include <utility>

namespace panohead {

ThreadWorker::ThreadWorker(std::function<void()> wake)
    : Worker(std::move(wake)), thread_([this](const std::stop_token& stop) {
        computeBehindOthers();
        while (waitForJob(stop)) {
          runNext();
        }
      }) {}

ThreadWorker::~ThreadWorker() {
  thread_.request_stop();
  cancelAll();
}

}  // namespace panohead
