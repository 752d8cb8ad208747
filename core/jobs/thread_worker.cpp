#include "core/jobs/thread_worker.h"

#include <utility>

namespace panohead {

ThreadWorker::ThreadWorker(std::function<void()> wake)
    : Worker(std::move(wake)), thread_([this](const std::stop_token& stop) {
        while (waitForJob(stop)) {
          runNext();
        }
      }) {}

ThreadWorker::~ThreadWorker() {
  thread_.request_stop();
  cancelAll();
}

}  // namespace panohead
