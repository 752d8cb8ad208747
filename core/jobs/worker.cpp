#include "core/jobs/worker.h"

#include "core/base/memory_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <utility>

namespace panohead {
namespace {

constexpr char kLessMemory[] =
    "lower the neural resolution or the number of samples, or close other programs";

enum class State { Queued, Running, Ended };

/// How a job ended: finished, with an error, or (neither) cancelled.
struct Ending {
  bool finished = false;
  std::optional<Error> error;
};

Ending failed(const std::string& message, std::string hint, std::string detail) {
  return {false, Error(message, std::move(hint), std::move(detail))};
}

Ending foreignFailure(const std::string& title, const std::exception& error) {
  const std::string detail = error.what();
  if (tellsOfMemory(detail)) {
    return failed(fmt::format("{}: not enough memory", title), kLessMemory, detail);
  }
  return failed(fmt::format("{} failed unexpectedly", title),
                "this should not happen: please report it together with the details",
                detail);
}

/// Runs a job to its end. The one place where exceptions of any kind become an Error.
Ending runJob(Job& job, JobContext& context) {
  const std::string title = job.title();
  try {
    context.checkpoint();
    job.run(context);
    return {true, std::nullopt};
  } catch (const Cancelled&) {
    return {};
  } catch (const Error& error) {
    return {false, Error(error)};
  } catch (const std::bad_alloc& error) {
    return failed(fmt::format("{}: not enough memory", title), kLessMemory, error.what());
  } catch (const std::exception& error) {
    return foreignFailure(title, error);
  } catch (...) {
    return failed(fmt::format("{} failed unexpectedly", title),
                  "this should not happen: please report it",
                  "an exception of unknown type");
  }
}

}  // namespace

/// A job on its way through the worker, and its mailbox. Fields are guarded by Worker::mutex_.
class Worker::Task final : public JobContext {
 public:
  Task(Worker& owner, JobId number, std::unique_ptr<Job> what, JobCallbacks whom)
      : worker(owner),
        id(number),
        job(std::move(what)),
        callbacks(std::make_shared<const JobCallbacks>(std::move(whom))) {}

  void report(const Progress& news) override {
    worker.post([&] { progress = news; });
  }

  void preview(Frame news) override {
    worker.post([&] { frame = std::move(news); });
  }

  void checkpoint() override {
    if (paused) {
      std::unique_lock lock(worker.mutex_);
      worker.changed_.wait(lock, stop.get_token(), [this] { return !paused; });
    }
    if (stop.stop_requested()) {
      throw Cancelled();
    }
  }

  std::stop_token stopToken() const override { return stop.get_token(); }

  Worker& worker;
  const JobId id;
  std::unique_ptr<Job> job;
  /// What they hold is the owner's and dies on the thread of drain(), which takes them away at the end: the
  /// thread that ran the job may be the last to know the task.
  std::shared_ptr<const JobCallbacks> callbacks;
  std::stop_source stop;
  std::atomic<bool> paused = false;
  State state = State::Queued;
  std::optional<Progress> progress;
  std::optional<Frame> frame;
  std::optional<Ending> ending;
};

Worker::Worker(std::function<void()> wake) : wake_(std::move(wake)) {}

Worker::~Worker() = default;

JobId Worker::start(std::unique_ptr<Job> job, JobCallbacks callbacks) {
  static std::atomic<JobId> last = 0;
  const JobId id = ++last;
  {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::make_shared<Task>(*this, id, std::move(job), std::move(callbacks)));
  }
  changed_.notify_all();
  return id;
}

void Worker::cancel(JobId id) {
  stopTasks([id](const Task& task) { return task.id == id; });
}

void Worker::cancelAll() {
  stopTasks([](const Task&) { return true; });
}

bool Worker::cancelIfQueued(JobId id) {
  return stopTasks([id](const Task& task) { return task.id == id && task.state == State::Queued; }) > 0;
}

void Worker::pause(JobId id) {
  const std::scoped_lock lock(mutex_);
  if (const TaskPtr task = find(id)) {
    task->paused = true;
  }
}

void Worker::resume(JobId id) {
  {
    const std::scoped_lock lock(mutex_);
    if (const TaskPtr task = find(id)) {
      task->paused = false;
    }
  }
  changed_.notify_all();
}

void Worker::drain() {
  struct Delivery {
    std::shared_ptr<const JobCallbacks> callbacks;
    std::optional<Progress> progress;
    std::optional<Frame> frame;
    std::optional<Ending> ending;
  };
  std::vector<Delivery> deliveries;
  {
    const std::scoped_lock lock(mutex_);
    news_ = false;
    for (const TaskPtr& task : tasks_) {
      deliveries.push_back({task->callbacks,
                            std::exchange(task->progress, std::nullopt),
                            std::exchange(task->frame, std::nullopt),
                            std::exchange(task->ending, std::nullopt)});
      if (task->state == State::Ended) {
        task->callbacks.reset();
      }
    }
    tasks_.remove_if([](const TaskPtr& task) { return task->state == State::Ended; });
  }
  for (Delivery& delivery : deliveries) {
    const JobCallbacks& callbacks = *delivery.callbacks;
    if (delivery.progress && callbacks.progress) {
      callbacks.progress(*delivery.progress);
    }
    if (delivery.frame && callbacks.preview) {
      callbacks.preview(std::move(*delivery.frame));
    }
    if (!delivery.ending) {
      continue;
    }
    if (delivery.ending->finished && callbacks.finished) {
      callbacks.finished();
    } else if (delivery.ending->error && callbacks.failed) {
      callbacks.failed(*delivery.ending->error);
    } else if (!delivery.ending->finished && !delivery.ending->error && callbacks.cancelled) {
      callbacks.cancelled();
    }
  }
}

bool Worker::idle() const {
  const std::scoped_lock lock(mutex_);
  return tasks_.empty();
}

bool Worker::runNext() {
  TaskPtr task;
  {
    const std::scoped_lock lock(mutex_);
    task = findRunnable();
    if (!task) {
      return false;
    }
    task->state = State::Running;
  }
  Ending ending = runJob(*task->job, *task);
  task->job.reset();  // what the job holds may be large; it goes before the news of its end
  post([&] {
    task->state = State::Ended;
    task->ending = std::move(ending);
  });
  return true;
}

bool Worker::waitForJob(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return findRunnable() != nullptr; });
  return !stop.stop_requested();
}

Worker::TaskPtr Worker::find(JobId id) const {
  const auto found = std::ranges::find_if(tasks_, [id](const TaskPtr& task) { return task->id == id; });
  return found == tasks_.end() ? nullptr : *found;
}

Worker::TaskPtr Worker::findRunnable() const {
  const auto found = std::ranges::find_if(
      tasks_, [](const TaskPtr& task) { return task->state == State::Queued && !task->paused; });
  return found == tasks_.end() ? nullptr : *found;
}

int Worker::stopTasks(const std::function<bool(const Task&)>& which) {
  std::vector<TaskPtr> stopped;
  bool ended = false;
  {
    const std::scoped_lock lock(mutex_);
    for (const TaskPtr& task : tasks_) {
      if (task->state == State::Ended || !which(*task)) {
        continue;
      }
      stopped.push_back(task);
      if (task->state == State::Queued) {
        task->state = State::Ended;
        task->ending = Ending{};
        ended = true;
      }
    }
  }
  // Stop callbacks run here; they may call back into the worker, so no lock is held.
  for (const TaskPtr& task : stopped) {
    task->stop.request_stop();
  }
  if (ended) {
    post([] {});
  }
  return static_cast<int>(stopped.size());
}

void Worker::post(const std::function<void()>& change) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    change();
    wake = !std::exchange(news_, true);
  }
  if (wake && wake_) {
    wake_();
  }
}

}  // namespace panohead
