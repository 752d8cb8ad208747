#include "core/dataset/parallel_for.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace panohead {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{30};

struct Shared {
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t next = 0;
  std::size_t done = 0;
  int running = 0;
  bool stop = false;
  std::size_t failed_index = SIZE_MAX;
  std::exception_ptr failure;
};

void runThread(Shared& shared, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::unique_lock lock(shared.mutex);
  // Everything before a failure has been handed out already, so the lowest one is always found.
  while (!shared.stop && !shared.failure && shared.next < count) {
    const std::size_t index = shared.next++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    ++shared.done;
    if (failure && index < shared.failed_index) {
      shared.failed_index = index;
      shared.failure = failure;
    }
  }
  --shared.running;
  shared.ended.notify_all();
}

/// Stops and joins on every way out.
struct ThreadGroup {
  Shared& shared;
  std::vector<std::jthread> threads{};
  ~ThreadGroup() {
    const std::scoped_lock lock(shared.mutex);
    shared.stop = true;
  }
};

}  // namespace

void parallelFor(std::size_t count,
                 int threads,
                 const std::string& stage,
                 JobContext& context,
                 const std::function<void(std::size_t)>& work) {
  const std::size_t wanted =
      threads > 0 ? static_cast<std::size_t>(threads) : std::max(1U, std::thread::hardware_concurrency());
  Shared shared;
  shared.running = static_cast<int>(std::min(wanted, count));
  {
    ThreadGroup group{shared};
    for (int i = 0, size = shared.running; i < size; ++i) {
      group.threads.emplace_back([&] { runThread(shared, count, work); });
    }
    std::unique_lock lock(shared.mutex);
    while (!shared.ended.wait_for(lock, kWatchInterval, [&] { return shared.running == 0; })) {
      const std::size_t done = shared.done;
      lock.unlock();
      context.report({stage, static_cast<std::int64_t>(done), static_cast<std::int64_t>(count), {}});
      context.checkpoint();
      lock.lock();
    }
  }
  if (shared.failure) {
    std::rethrow_exception(shared.failure);
  }
  context.report({stage, static_cast<std::int64_t>(count), static_cast<std::int64_t>(count), {}});
}

}  // namespace panohead
