#include "core/jobs/frame_loop.h"

#include "core/jobs/thread_worker.h"
#include "tests/support/inline_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <thread>

namespace panohead {
namespace {

using testing::ElementsAre;

/// Stands in for the renderer: frames carry the number of their request.
struct Screen {
  std::vector<std::uint64_t> shown;
  std::vector<std::string> failures;

  FrameLoop::Callbacks callbacks() {
    return {[this](const Frame& frame) { shown.push_back(frame.request); },
            [this](const Error& error) { failures.emplace_back(error.what()); }};
  }
};

Frame numbered(std::uint64_t number) {
  Frame frame;
  frame.request = number;
  return frame;
}

FrameRequest instant(std::uint64_t number, bool refined) {
  return {refined, [number](JobContext&) { return numbered(number); }};
}

/// A frame that takes until `release` and notices a cancel, as the renderer does.
struct SlowFrame {
  std::binary_semaphore begun{0};
  std::atomic<bool> release = false;
  std::atomic<bool> stopped = false;

  FrameRequest request(std::uint64_t number, bool refined) {
    return {refined, [this, number](JobContext& context) {
              begun.release();
              while (!release) {
                if (context.stopToken().stop_requested()) {
                  stopped = true;
                }
                context.checkpoint();
                std::this_thread::yield();
              }
              return numbered(number);
            }};
  }
};

void settle(Worker& worker) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!worker.idle()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the loop did not come to rest";
    worker.drain();
    std::this_thread::yield();
  }
}

TEST(FrameLoop, OnlyTheNewestWaitingRequestIsDrawn) {
  InlineWorker worker;
  Screen screen;
  FrameLoop loop(worker, screen.callbacks());
  for (std::uint64_t number = 1; number <= 50; ++number) {
    loop.submit(instant(number, number % 3 == 0));
  }
  settle(worker);
  EXPECT_THAT(screen.shown, ElementsAre(50));
}

TEST(FrameLoop, NewRequestStopsARefinedFrame) {
  Screen screen;
  SlowFrame slow;
  ThreadWorker worker({});
  FrameLoop loop(worker, screen.callbacks());
  loop.submit(slow.request(1, true));
  slow.begun.acquire();
  loop.submit(instant(2, false));
  settle(worker);
  EXPECT_TRUE(slow.stopped);
  EXPECT_THAT(screen.shown, ElementsAre(2));
  EXPECT_TRUE(screen.failures.empty()) << "a stopped frame is not a failure";
}

TEST(FrameLoop, CoarseFrameInProgressIsShownWhileNewerRequestsReplaceEachOther) {
  Screen screen;
  SlowFrame slow;
  ThreadWorker worker({});
  FrameLoop loop(worker, screen.callbacks());
  loop.submit(slow.request(1, false));
  slow.begun.acquire();
  for (std::uint64_t number = 2; number <= 20; ++number) {
    loop.submit(instant(number, number % 2 == 0));
  }
  slow.release = true;
  settle(worker);
  EXPECT_FALSE(slow.stopped);
  EXPECT_THAT(screen.shown, ElementsAre(1, 20));
}

TEST(FrameLoop, ClearStopsAndForgetsEverything) {
  Screen screen;
  SlowFrame slow;
  ThreadWorker worker({});
  FrameLoop loop(worker, screen.callbacks());
  loop.submit(slow.request(1, false));
  slow.begun.acquire();
  loop.submit(instant(2, true));
  loop.clear();
  settle(worker);
  EXPECT_TRUE(slow.stopped);
  EXPECT_THAT(screen.shown, ElementsAre());
  loop.submit(instant(3, true));
  settle(worker);
  EXPECT_THAT(screen.shown, ElementsAre(3));
}

TEST(FrameLoop, FrameDrawnBeforeClearIsNotDeliveredAfterIt) {
  Screen screen;
  ThreadWorker worker({});
  FrameLoop loop(worker, screen.callbacks());
  std::atomic<bool> drawn = false;
  loop.submit({true, [&drawn](JobContext&) {
                 drawn = true;
                 return numbered(1);
               }});
  while (!drawn) {
    std::this_thread::yield();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  loop.clear();
  settle(worker);
  EXPECT_THAT(screen.shown, ElementsAre());
}

TEST(FrameLoop, FailureIsToldAndTheNextRequestIsDrawn) {
  InlineWorker worker;
  Screen screen;
  FrameLoop loop(worker, screen.callbacks());
  loop.submit({true, [](JobContext&) -> Frame { throw DeviceError("no memory"); }});
  settle(worker);
  loop.submit(instant(2, true));
  settle(worker);
  EXPECT_THAT(screen.failures, ElementsAre("no memory"));
  EXPECT_THAT(screen.shown, ElementsAre(2));
}

}  // namespace
}  // namespace panohead
