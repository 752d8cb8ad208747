#pragma once

#include "core/base/error.h"
#include "core/jobs/job.h"

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace panohead {

using JobId = std::uint64_t;  // 0 names no job; no two jobs of a process have the same

/// What the owner hears about one job, always on the thread that calls Worker::drain(). Progress and
/// previews may be skipped (the latest wins); exactly one of the last three comes, and it comes last.
struct JobCallbacks {
  std::function<void(const Progress&)> progress = nullptr;
  std::function<void(Frame)> preview = nullptr;
  std::function<void()> finished = nullptr;
  std::function<void(const Error&)> failed = nullptr;
  std::function<void()> cancelled = nullptr;
};

/// Runs jobs in the order in which they were started, one at a time, and keeps their news in a mailbox
/// until the owner asks. One thread owns a worker: it alone calls drain() and destroys the worker.
/// Everything else may be called from any thread, also from callbacks.
///
/// Where jobs run is up to ThreadWorker, and to the worker of the tests.
class Worker {
 public:
  /// `wake` is called, from any thread, when the mailbox was empty and no longer is. It must only
  /// arrange for a drain(); it has to stay callable until the worker is destroyed.
  explicit Worker(std::function<void()> wake);
  virtual ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  JobId start(std::unique_ptr<Job> job, JobCallbacks callbacks = {});

  /// Asks a job to stop. A job that has not begun never will; one that has ended is left alone.
  void cancel(JobId id);
  void cancelAll();
  /// Cancels a job only if it has not begun. @returns whether it did.
  bool cancelIfQueued(JobId id);

  /// A paused job waits in its next checkpoint(); one that has not begun is passed over.
  void pause(JobId id);
  void resume(JobId id);

  /// Delivers all news to the callbacks, with no lock held.
  virtual void drain();

  /// True when nothing is queued, running or undelivered.
  bool idle() const;

 protected:
  /// Runs the oldest job that may begin, on the calling thread. @returns false when there is none.
  bool runNext();
  /// Blocks until runNext() would find a job or a stop was asked for. @returns false on a stop.
  bool waitForJob(const std::stop_token& stop);

 private:
  class Task;
  using TaskPtr = std::shared_ptr<Task>;
  friend class Task;

  TaskPtr find(JobId id) const;
  TaskPtr findRunnable() const;
  /// Stops every task that has not ended and satisfies `which`. @returns how many.
  int stopTasks(const std::function<bool(const Task&)>& which);
  /// Changes a mailbox under the lock, then wakes the owner without it.
  void post(const std::function<void()>& change);

  std::function<void()> wake_;
  mutable std::mutex mutex_;  // guards everything below and the mailbox of every task
  std::condition_variable_any changed_;
  std::list<TaskPtr> tasks_;  // queued, running and ended but undelivered, in the order of start()
  bool news_ = false;
};

}  // namespace panohead
