#include "core/jobs/thread_worker.h"

#ifdef __linux__
#include <sys/resource.h>

#include <unistd.h>
#endif

#include <utility>

namespace panohead {
namespace {

// The thread that hears the user goes first: computing takes every core, and its threads inherit this.
void goBehindTheOwner() {
#ifdef __linux__
  constexpr int kNice = 5;  // more, and it starves beside anything else that computes
  setpriority(
      PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);  // of this thread only; may fail, nothing lost
#endif
}

}  // namespace

ThreadWorker::ThreadWorker(std::function<void()> wake)
    : Worker(std::move(wake)), thread_([this](const std::stop_token& stop) {
        goBehindTheOwner();
        while (waitForJob(stop)) {
          runNext();
        }
      }) {}

ThreadWorker::~ThreadWorker() {
  thread_.request_stop();
  cancelAll();
}

}  // namespace panohead
