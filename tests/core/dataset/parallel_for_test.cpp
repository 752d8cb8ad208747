#include "core/dataset/parallel_for.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace panohead {
namespace {

TEST(ParallelFor, CallsEveryIndexOnceWhateverTheThreads) {
  SilentContext context;
  for (const int threads : {0, 1, 7}) {
    std::vector<std::atomic<int>> calls(100);
    parallelFor(calls.size(), threads, "counting", context, [&](std::size_t i) { ++calls[i]; });
    for (const auto& count : calls) {
      EXPECT_EQ(count, 1);
    }
  }
  parallelFor(0, 3, "nothing", context, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, TheFailureOfTheLowestIndexIsThrown) {
  SilentContext context;
  for (int repeat = 0; repeat < 20; ++repeat) {
    try {
      parallelFor(100, 4, "failing", context, [](std::size_t i) {
        if (i >= 20) {
          if (i == 20) {  // the others fail first
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
          throw DatasetError(std::to_string(i));
        }
      });
      FAIL();
    } catch (const DatasetError& error) {
      EXPECT_STREQ(error.what(), "20");
    }
  }
}

class StoppedContext final : public JobContext {
 public:
  void report(const Progress& progress) override { last = progress; }
  void preview(Frame) override {}
  void checkpoint() override { throw Cancelled(); }
  std::stop_token stopToken() const override { return {}; }
  Progress last;
};

TEST(ParallelFor, AStopEndsItEarly) {
  StoppedContext context;
  std::atomic<int> calls = 0;
  const auto work = [&](std::size_t) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  EXPECT_THROW(parallelFor(100000, 2, "long", context, work), Cancelled);
  EXPECT_LT(calls, 100000);
  EXPECT_EQ(context.last.total, 100000);
}

}  // namespace
}  // namespace panohead
