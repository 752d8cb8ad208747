#include "core/jobs/function_job.h"
#include "core/jobs/thread_worker.h"
#include "tests/support/inline_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <new>
#include <thread>

namespace panohead {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr auto kPatience = std::chrono::seconds(20);

template <typename Predicate>
bool eventually(Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

/// Drains until every job has ended and was delivered.
void settle(Worker& worker) {
  ASSERT_TRUE(eventually([&] {
    worker.drain();
    return worker.idle();
  })) << "a job neither ended nor was cancelled";
}

/// Writes down what the owner hears.
struct Log {
  std::vector<std::string> lines;

  JobCallbacks callbacks(const std::string& name) {
    JobCallbacks result;
    result.progress = [this, name](const Progress& news) {
      lines.push_back(name + " at " + std::to_string(news.step));
    };
    result.preview = [this, name](const Frame& frame) {
      lines.push_back(name + " shows " + std::to_string(frame.request));
    };
    result.finished = [this, name] { lines.push_back(name + " finished"); };
    result.failed = [this, name](const Error& error) {
      lines.push_back(name + " failed: " + error.what() + " | " + error.hint() + " | " + error.detail());
    };
    result.cancelled = [this, name] { lines.push_back(name + " cancelled"); };
    return result;
  }
};

std::unique_ptr<Job> job(std::function<void(JobContext&)> work) {
  return std::make_unique<FunctionJob>("Test", std::move(work));
}

std::unique_ptr<Job> instantJob() {
  return job([](JobContext&) {});
}

/// Ends only when it is cancelled (or, so that a failing test ends, after a long time).
std::unique_ptr<Job> endlessJob() {
  return job([](JobContext& context) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      context.checkpoint();
      std::this_thread::yield();
    }
  });
}

template <typename WorkerType>
class AnyWorker : public testing::Test {
 protected:
  std::atomic<int> wakes_ = 0;
  WorkerType worker_{[this] { ++wakes_; }};
  Log log_;
};

using WorkerTypes = testing::Types<ThreadWorker, InlineWorker>;
TYPED_TEST_SUITE(AnyWorker, WorkerTypes);

TYPED_TEST(AnyWorker, RunsJobsInTheOrderOfTheirStart) {
  std::vector<int> ran;
  for (int i = 0; i < 5; ++i) {
    this->worker_.start(job([&ran, i](JobContext&) { ran.push_back(i); }),
                        this->log_.callbacks(std::to_string(i)));
  }
  settle(this->worker_);
  EXPECT_THAT(ran, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(this->log_.lines,
              ElementsAre("0 finished", "1 finished", "2 finished", "3 finished", "4 finished"));
}

TYPED_TEST(AnyWorker, DeliversOnTheThreadThatDrains) {
  std::vector<std::thread::id> heard;
  const auto note = [&heard](auto&&...) { heard.push_back(std::this_thread::get_id()); };
  JobCallbacks callbacks;
  callbacks.progress = note;
  callbacks.preview = note;
  callbacks.finished = note;
  this->worker_.start(job([](JobContext& context) {
                        context.report({});
                        context.preview({});
                      }),
                      callbacks);
  settle(this->worker_);
  const auto here = std::this_thread::get_id();
  EXPECT_THAT(heard, ElementsAre(here, here, here));
}

TYPED_TEST(AnyWorker, LatestNewsWinsAndTheEndingComesLast) {
  this->worker_.start(job([](JobContext& context) {
                        for (int i = 1; i <= 1000; ++i) {
                          context.report({"", i, 1000, {}});
                          Frame frame;
                          frame.request = static_cast<std::uint64_t>(i);
                          context.preview(std::move(frame));
                        }
                      }),
                      this->log_.callbacks("a"));
  if constexpr (std::is_same_v<TypeParam, ThreadWorker>) {
    // Only undrained news is replaced: wait, without draining, until the next job has begun.
    std::atomic<bool> begun = false;
    this->worker_.start(job([&begun](JobContext&) { begun = true; }));
    ASSERT_TRUE(eventually([&] { return begun.load(); }));
  }
  settle(this->worker_);
  EXPECT_THAT(this->log_.lines, ElementsAre("a at 1000", "a shows 1000", "a finished"));
}

TYPED_TEST(AnyWorker, EveryJobEndsExactlyOnce) {
  this->worker_.start(instantJob(), this->log_.callbacks("good"));
  this->worker_.start(job([](JobContext&) { throw Error("broken", "mend it", "byte 7"); }),
                      this->log_.callbacks("bad"));
  this->worker_.start(job([](JobContext&) { throw Cancelled(); }), this->log_.callbacks("stopped"));
  settle(this->worker_);
  this->worker_.drain();
  EXPECT_THAT(this->log_.lines,
              ElementsAre("good finished", "bad failed: broken | mend it | byte 7", "stopped cancelled"));
}

TYPED_TEST(AnyWorker, CancelSentJustBeforeTheJobBeginsIsNotLost) {
  for (int round = 0; round < 300; ++round) {
    this->worker_.cancel(this->worker_.start(endlessJob(), this->log_.callbacks("a")));
    settle(this->worker_);
    ASSERT_THAT(this->log_.lines, ElementsAre("a cancelled")) << "in round " << round;
    this->log_.lines.clear();
  }
}

TYPED_TEST(AnyWorker, CancelOfOneJobLeavesTheNextAlone) {
  const JobId first = this->worker_.start(endlessJob(), this->log_.callbacks("first"));
  this->worker_.start(instantJob(), this->log_.callbacks("second"));
  this->worker_.cancel(first);
  settle(this->worker_);
  EXPECT_THAT(this->log_.lines, ElementsAre("first cancelled", "second finished"));
}

TYPED_TEST(AnyWorker, CancelledBeforeItsTurnAJobNeverRuns) {
  std::promise<void> gate;
  std::future<void> open = gate.get_future();
  bool ran = false;
  this->worker_.start(job([&open](JobContext&) { open.wait(); }), this->log_.callbacks("first"));
  const JobId second =
      this->worker_.start(job([&ran](JobContext&) { ran = true; }), this->log_.callbacks("second"));
  EXPECT_TRUE(this->worker_.cancelIfQueued(second));
  EXPECT_FALSE(this->worker_.cancelIfQueued(second));
  gate.set_value();
  settle(this->worker_);
  EXPECT_FALSE(ran);
  EXPECT_THAT(this->log_.lines, testing::UnorderedElementsAre("first finished", "second cancelled"));
}

TYPED_TEST(AnyWorker, CancelAfterTheEndChangesNothing) {
  const JobId id = this->worker_.start(instantJob(), this->log_.callbacks("a"));
  settle(this->worker_);
  this->worker_.cancel(id);
  this->worker_.cancelAll();
  this->worker_.drain();
  EXPECT_THAT(this->log_.lines, ElementsAre("a finished"));
}

TYPED_TEST(AnyWorker, ForeignExceptionsBecomeErrorsWithAHint) {
  const auto failure = [this](std::function<void()> thrower) {
    std::optional<Error> heard;
    JobCallbacks callbacks;
    callbacks.failed = [&heard](const Error& error) { heard = error; };
    this->worker_.start(job([thrower](JobContext&) { thrower(); }), callbacks);
    settle(this->worker_);
    return heard.value_or(Error("nothing heard"));
  };
  const Error memory = failure([] { throw std::bad_alloc(); });
  EXPECT_STREQ(memory.what(), "Test: not enough memory");
  EXPECT_THAT(memory.hint(), testing::HasSubstr("lower the neural resolution"));
  const Error gpu = failure([] { throw std::runtime_error("CUDA out of memory. Tried to allocate 2 GiB"); });
  EXPECT_STREQ(gpu.what(), "Test: not enough memory");
  EXPECT_THAT(gpu.detail(), testing::HasSubstr("2 GiB"));
  const Error other = failure([] { throw std::logic_error("index 4 of 3"); });
  EXPECT_STREQ(other.what(), "Test failed unexpectedly");
  EXPECT_EQ(other.detail(), "index 4 of 3");
  EXPECT_FALSE(other.hint().empty());
  EXPECT_FALSE(failure([] { throw 7; }).hint().empty());
}

TYPED_TEST(AnyWorker, PausedBeforeItsTurnAJobWaitsForResume) {
  const JobId blocker = this->worker_.start(endlessJob());
  const JobId id = this->worker_.start(instantJob(), this->log_.callbacks("a"));
  this->worker_.pause(id);
  this->worker_.cancel(blocker);
  this->worker_.start(instantJob(), this->log_.callbacks("b"));
  ASSERT_TRUE(eventually([&] {
    this->worker_.drain();
    return !this->log_.lines.empty();
  }));
  EXPECT_THAT(this->log_.lines, ElementsAre("b finished"));
  this->worker_.resume(id);
  settle(this->worker_);
  EXPECT_THAT(this->log_.lines, ElementsAre("b finished", "a finished"));
}

TYPED_TEST(AnyWorker, CallbacksMayStartAndCancelJobs) {
  JobCallbacks first;
  first.finished = [this] {
    this->worker_.cancel(this->worker_.start(endlessJob(), this->log_.callbacks("stopped")));
    this->worker_.start(instantJob(), this->log_.callbacks("next"));
  };
  this->worker_.start(instantJob(), first);
  settle(this->worker_);
  EXPECT_THAT(this->log_.lines, ElementsAre("stopped cancelled", "next finished"));
}

TYPED_TEST(AnyWorker, ResultOfAFunctionReachesItsOwner) {
  int heard = 0;
  startFunction(
      this->worker_, "Sum", [](JobContext&) { return 40 + 2; }, [&heard](int result) { heard = result; });
  settle(this->worker_);
  EXPECT_EQ(heard, 42);
}

TYPED_TEST(AnyWorker, WakesOncePerDrain) {
  this->worker_.start(job([](JobContext& context) {
    for (int i = 0; i < 100; ++i) {
      context.report({});
    }
  }));
  if constexpr (std::is_same_v<TypeParam, ThreadWorker>) {
    ASSERT_TRUE(eventually([&] { return this->wakes_ > 0; }));
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(this->wakes_, 1);
  }
  settle(this->worker_);
  EXPECT_GE(this->wakes_, 1);
  EXPECT_LE(this->wakes_, 3);
}

TEST(ThreadWorker, PausedJobStandsStillAndGoesOn) {
  ThreadWorker worker({});
  std::atomic<int> steps = 0;
  std::atomic<bool> enough = false;
  Log log;
  const JobId id = worker.start(job([&](JobContext& context) {
                                  while (!enough) {
                                    context.checkpoint();
                                    ++steps;
                                  }
                                }),
                                log.callbacks("a"));
  ASSERT_TRUE(eventually([&] { return steps > 10; }));
  worker.pause(id);
  std::this_thread::sleep_for(milliseconds(20));
  const int before = steps;
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_LE(steps, before + 1);  // one may have begun before, and have had no processor since
  worker.resume(id);
  EXPECT_TRUE(eventually([&] { return steps > before; }));
  enough = true;
  settle(worker);
  EXPECT_THAT(log.lines, ElementsAre("a finished"));
}

TEST(ThreadWorker, CancelReachesAPausedJob) {
  ThreadWorker worker({});
  Log log;
  const JobId id = worker.start(endlessJob(), log.callbacks("a"));
  worker.pause(id);
  worker.cancel(id);
  settle(worker);
  EXPECT_THAT(log.lines, ElementsAre("a cancelled"));
}

TEST(ThreadWorker, DestructionStopsRunningQueuedAndPausedJobs) {
  Log log;
  const auto begin = std::chrono::steady_clock::now();
  {
    ThreadWorker worker({});
    const JobId running = worker.start(endlessJob(), log.callbacks("running"));
    worker.start(endlessJob(), log.callbacks("queued"));
    std::this_thread::sleep_for(milliseconds(10));
    worker.pause(running);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2);
  EXPECT_THAT(log.lines, ElementsAre());
}

TEST(ThreadWorker, StopCallbackMayReport) {
  ThreadWorker worker({});
  Log log;
  std::promise<void> begun;
  const JobId id = worker.start(job([&begun](JobContext& context) {
                                  const std::stop_callback last_words(
                                      context.stopToken(), [&context] { context.report({"", 9, 9, {}}); });
                                  begun.set_value();
                                  for (;;) {
                                    context.checkpoint();
                                    std::this_thread::yield();
                                  }
                                }),
                                log.callbacks("a"));
  begun.get_future().wait();
  worker.cancel(id);
  settle(worker);
  EXPECT_EQ(log.lines.back(), "a cancelled");
  EXPECT_THAT(log.lines, testing::Contains("a at 9"));
}

TEST(ThreadWorker, WhatCallbacksHoldDiesOnTheThreadOfTheOwner) {
  struct Held {
    std::atomic<int>& elsewhere;
    const std::thread::id owner = std::this_thread::get_id();
    ~Held() { elsewhere += std::this_thread::get_id() == owner ? 0 : 1; }
  };
  std::atomic<int> elsewhere = 0;
  std::atomic<bool> drained = false;
  {
    // The thread that ran the job still knows it while it wakes the owner, and here until the owner is done.
    ThreadWorker worker([&drained] { eventually([&drained] { return drained.load(); }); });
    worker.start(instantJob(), {.finished = [held = std::make_shared<Held>(elsewhere)] {}});
    settle(worker);
    drained = true;
  }
  EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace panohead
