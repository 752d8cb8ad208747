#pragma once

#include <cstdint>
#include <functional>

namespace panohead {

// LibTorch's at::parallel_for is a template that runs on one thread in code compiled without OpenMP, as all
// of ours but parallel.cpp is. These use LibTorch's number of threads and its thread pool.

/// Calls `work(first, last)` for ranges that cover [0, count), on as many threads as there are pieces of
/// `grain`. The first exception is thrown again.
void parallelRanges(std::int64_t count,
                    std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& work);

/// Does tasks 0 .. count - 1 on all compute threads, each as soon as a thread is free: rays through a head
/// cost many times what those beside it do. @param checkpoint may be empty; called between the tasks that the
/// calling thread does, on that thread (as JobContext wants it), may throw to cancel: then no further task
/// begins.
void parallelTasks(std::int64_t count,
                   const std::function<void(std::int64_t)>& task,
                   const std::function<void()>& checkpoint = {});

}  // namespace panohead
