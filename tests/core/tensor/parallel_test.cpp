#include "core/tensor/parallel.h"

#include "core/base/error.h"
#include "core/tensor/flush_denormals.h"
#include "tests/support/with_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace panohead {
namespace {

using test::WithThreads;

/// Threads that wait for each other: passed only where several are really at work at once.
class Meeting {
 public:
  explicit Meeting(std::size_t wanted) : wanted_(wanted) {}

  /// Waits until as many threads as wanted have been here, or the hope is lost.
  void attend() {
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    all_here_.notify_all();
    all_here_.wait_for(lock, std::chrono::seconds(20), [this] { return threads_.size() >= wanted_; });
  }
  std::size_t threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

 private:
  std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::set<std::thread::id> threads_;
};

void expectOnce(const std::vector<std::atomic<int>>& visits) {
  for (std::size_t i = 0; i < visits.size(); ++i) {
    EXPECT_EQ(visits[i], 1) << i << " of " << visits.size();
  }
}

TEST(ParallelRanges, CoverEveryIndexOnce) {
  for (const int threads : {1, 2, 3}) {
    const WithThreads with(threads);
    for (const std::int64_t count : {0, 1, 2, 3, 5, 64, 1001}) {
      for (const std::int64_t grain : {1, 7, 64, 5000}) {
        const ::testing::ScopedTrace trace(__FILE__, __LINE__, std::to_string(threads) + " threads");
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
        std::atomic<int> calls = 0;
        parallelRanges(count, grain, [&](std::int64_t first, std::int64_t last) {
          ++calls;
          for (std::int64_t i = first; i < last; ++i) {
            ++visits.at(static_cast<std::size_t>(i));
          }
        });
        expectOnce(visits);
        EXPECT_LE(calls, std::min<std::int64_t>(threads, (count + grain - 1) / grain));
      }
    }
  }
}

TEST(ParallelRanges, UseAllThreads) {
  const WithThreads with(2);
  Meeting meeting(2);
  parallelRanges(2, 1, [&](std::int64_t, std::int64_t) { meeting.attend(); });
  EXPECT_EQ(meeting.threads(), 2U);
}

TEST(ParallelRanges, ThrowWhatTheWorkThrew) {
  for (const int threads : {1, 2}) {
    const WithThreads with(threads);
    for (const std::int64_t bad : {0, 99}) {  // of the calling thread, of another
      EXPECT_THROW(parallelRanges(100,
                                  1,
                                  [bad](std::int64_t first, std::int64_t last) {
                                    if (first <= bad && bad < last) {
                                      throw OptionError("bad", "");
                                    }
                                  }),
                   OptionError);
    }
    EXPECT_THROW(parallelRanges(100, 1, [](auto, auto) { throw std::out_of_range("all"); }),
                 std::out_of_range);
  }
}

TEST(ParallelRanges, FlushDenormalsWhereTheCallerDoes) {
  const WithThreads with(2);
  const auto kept = [] {  // on how many threads is half of the smallest normal number something?
    std::atomic<int> count = 0;
    Meeting meeting(2);
    parallelRanges(2, 1, [&](std::int64_t, std::int64_t) {
      meeting.attend();
      volatile float small = std::numeric_limits<float>::min();
      small = small * 0.5F;
      count += small != 0.0F ? 1 : 0;
    });
    return count.load();
  };
  EXPECT_EQ(kept(), 2);
  {
    const FlushDenormals flush;
    EXPECT_EQ(kept(), FlushDenormals::active() ? 0 : 2);
  }
  EXPECT_EQ(kept(), 2);  // nothing of it stays in the pool
}

TEST(ParallelTasks, DoEveryTaskOnce) {
  for (const int threads : {1, 2, 3}) {
    const WithThreads with(threads);
    for (const std::int64_t count : {0, 1, 2, 5, 1001}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
      parallelTasks(count, [&](std::int64_t i) { ++visits.at(static_cast<std::size_t>(i)); });
      expectOnce(visits);
    }
  }
}

TEST(ParallelTasks, UseAllThreads) {
  const WithThreads with(2);
  Meeting meeting(2);
  parallelTasks(2, [&](std::int64_t) { meeting.attend(); });
  EXPECT_EQ(meeting.threads(), 2U);
}

TEST(ParallelTasks, DoMoreWhereOthersAreHeldUp) {
  const WithThreads with(2);
  std::atomic<int> done = 0;
  parallelTasks(50, [&](std::int64_t i) {
    if (i == 0) {
      const auto start = std::chrono::steady_clock::now();
      while (done < 49 && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) {
        std::this_thread::yield();
      }
      EXPECT_EQ(done, 49);  // by the other thread alone
    }
    ++done;
  });
  EXPECT_EQ(done, 50);
}

TEST(ParallelTasks, InsideOfOthersAreDoneToo) {
  const WithThreads with(2);
  std::vector<std::atomic<int>> visits(40);
  parallelTasks(4, [&](std::int64_t outer) {
    parallelTasks(5, [&](std::int64_t inner) {
      parallelRanges(2, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          ++visits.at(static_cast<std::size_t>((outer * 5 + inner) * 2 + i));
        }
      });
    });
  });
  expectOnce(visits);
}

TEST(ParallelTasks, AskTheCheckpointOnTheCallersThreadOnly) {
  const WithThreads with(2);
  const std::thread::id caller = std::this_thread::get_id();
  Meeting meeting(2);
  std::atomic<int> asked = 0;
  std::atomic<int> elsewhere = 0;
  parallelTasks(
      64,
      [&](std::int64_t) { meeting.attend(); },
      [&] {
        ++asked;
        elsewhere += std::this_thread::get_id() != caller;
      });
  EXPECT_EQ(meeting.threads(), 2U);
  EXPECT_GE(asked, 1);
  EXPECT_EQ(elsewhere, 0);
}

TEST(ParallelTasks, OnOneThreadTheCheckpointIsAskedBeforeEachTask) {
  const WithThreads with(1);
  int asked = 0;
  int done = 0;
  const auto checkpoint = [&] {
    if (++asked == 10) {
      throw Cancelled();
    }
  };
  EXPECT_THROW(parallelTasks(100, [&](std::int64_t) { ++done; }, checkpoint), Cancelled);
  EXPECT_EQ(done, 9);
}

TEST(ParallelTasks, StopWhenTheCheckpointThrows) {
  constexpr int kTasks = 3000;
  const WithThreads with(2);
  std::atomic<int> done = 0;
  // Once only: the other thread is stopped by what the first one leaves behind, or not at all.
  int asked = 0;
  const auto checkpoint = [&] {
    if (++asked == 3) {
      throw Cancelled();
    }
  };
  const auto task = [&](std::int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++done;
  };
  EXPECT_THROW(parallelTasks(kTasks, task, checkpoint), Cancelled);
  EXPECT_LT(done, kTasks / 2);  // a handful, but this machine may be busy
}

TEST(ParallelTasks, StopWhenATaskThrows) {
  constexpr int kTasks = 3000;
  const WithThreads with(2);
  std::atomic<int> done = 0;
  const auto task = [&](std::int64_t i) {
    if (i == 5) {
      throw OptionError("five", "");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++done;
  };
  EXPECT_THROW(parallelTasks(kTasks, task), OptionError);
  EXPECT_LT(done, kTasks / 2);
}

}  // namespace
}  // namespace panohead
