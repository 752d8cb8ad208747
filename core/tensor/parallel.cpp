#include "core/tensor/parallel.h"

#include "core/tensor/flush_denormals.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>

#ifndef _OPENMP
#error "core/tensor/parallel.cpp needs OpenMP: without it everything would run on one thread"
#endif

namespace panohead {

namespace {

/// Denormal numbers are zeros in all of the threads where they are in this one.
/// Runs `thread(0 .. threads - 1)` at the same time and throws what the first of them threw.
void onThreads(std::int64_t threads, const std::function<void(std::int64_t)>& thread) {
  if (threads <= 1 || at::in_parallel_region()) {
    for (std::int64_t i = 0; i < threads; ++i) {
      thread(i);
    }
    return;
  }
  const bool flushes = FlushDenormals::active();
  std::exception_ptr failure;
  std::mutex mutex;
#pragma omp parallel for num_threads(static_cast<int>(threads)) schedule(static, 1)
  for (std::int64_t i = 0; i < threads; ++i) {
    try {
      const auto flush = flushes ? std::make_optional<FlushDenormals>() : std::nullopt;
      thread(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = failure ? failure : std::current_exception();
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace

void parallelRanges(std::int64_t count,
                    std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& work) {
  const std::int64_t pieces = (count + grain - 1) / std::max<std::int64_t>(grain, 1);
  const std::int64_t threads = std::min<std::int64_t>(at::get_num_threads(), pieces);
  const std::int64_t share = threads > 0 ? (count + threads - 1) / threads : 0;
  onThreads(threads, [&](std::int64_t thread) {
    const std::int64_t first = thread * share;
    const std::int64_t last = std::min(count, first + share);
    if (first < last) {
      work(first, last);
    }
  });
}

void parallelTasks(std::int64_t count,
                   const std::function<void(std::int64_t)>& task,
                   const std::function<void()>& checkpoint) {
  std::atomic<std::int64_t> next{0};
  onThreads(std::min<std::int64_t>(at::get_num_threads(), count), [&](std::int64_t thread) {
    try {
      for (std::int64_t i = next++; i < count; i = next++) {
        if (checkpoint && thread == 0) {  // OpenMP gives the caller the first share
          checkpoint();
        }
        task(i);
      }
    } catch (...) {
      next = count;  // the others stop, too
      throw;
    }
  });
}

}  // namespace panohead
