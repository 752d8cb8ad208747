// Frames that are stopped, resized and replaced while they are drawn, and heads that are made at the same
// time, by workers as the window has them: what arrives is what is drawn alone. What else may go wrong then
// is for ThreadSanitizer and AddressSanitizer to see (resources/docs/fast_path.md).

#include "core/jobs/frame_loop.h"
#include "core/jobs/function_job.h"
#include "core/jobs/thread_worker.h"
#include "core/tensor/prelude.h"
#include "tests/support/first_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <semaphore>
#include <thread>

namespace panohead {
namespace {

constexpr std::chrono::minutes kLongEnough{5};  // under any sanitizer

/// How far a job came before the thread that asked for it went on.
struct Arrival {
  std::binary_semaphore here{0};
  bool held = false;  // at its checkpoint, until it was stopped; false: it has ended, or goes on
};

/// Says when a job has come to a checkpoint, and keeps it there until it is asked to stop.
class HeldContext final : public JobContext {
 public:
  /// @param at which checkpoint, from 1  @param hold false: the job goes on at once
  HeldContext(JobContext& outer, int at, bool hold, Arrival& arrival)
      : outer_(outer), left_(at), hold_(hold), arrival_(arrival) {}
  ~HeldContext() override {
    if (left_ > 0) {  // it never came so far: how often a frame asks hangs on which thread draws what
      arrival_.here.release();
    }
  }
  void report(const Progress& progress) override { outer_.report(progress); }
  void preview(Frame frame) override { outer_.preview(std::move(frame)); }
  std::stop_token stopToken() const override { return outer_.stopToken(); }
  void checkpoint() override {
    if (--left_ == 0) {
      arrival_.held = hold_;
      arrival_.here.release();
      while (hold_ && !outer_.stopToken().stop_requested()) {
        std::this_thread::yield();
      }
    }
    outer_.checkpoint();
  }

 private:
  JobContext& outer_;
  int left_;
  bool hold_;
  Arrival& arrival_;
};

HeadPtr headOf(std::uint32_t seed) {
  SilentContext context;
  return makeHead(test::firstModel(), {.seed = seed}, context);
}

/// What a window asks for whose size, camera and mode change all the time. Every third frame is coarse.
ViewOptions viewOf(int number) {
  constexpr std::array kSizes{64, 16, 24, 96, 40};
  constexpr std::array kModes{RenderMode::Picture, RenderMode::Raw, RenderMode::Picture, RenderMode::Mask};
  ViewOptions view;
  view.camera = orbitLabel({.yaw_degrees = 25.0 * number, .pitch_degrees = number % 2 == 0 ? 10.0 : -20.0});
  view.neural_resolution = kSizes[static_cast<std::size_t>(number) % kSizes.size()];
  view.mode = kModes[static_cast<std::size_t>(number) % kModes.size()];
  view.refined = number % 3 != 2;
  view.super_resolution = view.refined;
  view.request = static_cast<std::uint64_t>(number);
  return view;
}

void expectSame(const Frame& frame, const Frame& alone) {
  EXPECT_EQ(frame.picture.width, alone.picture.width) << frame.request;
  EXPECT_EQ(frame.picture.pixels, alone.picture.pixels) << frame.request;
  EXPECT_EQ(frame.depth, alone.depth) << frame.request;
  EXPECT_EQ(frame.mask, alone.mask) << frame.request;
}

void settle(Worker& worker) {
  const auto deadline = std::chrono::steady_clock::now() + kLongEnough;
  while (!worker.idle()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the worker did not come to rest";
    worker.drain();
    std::this_thread::yield();
  }
}

TEST(FramesInFlight, ThatArriveAreWhatIsDrawnAlone) {
  constexpr int kFrames = 25;
  constexpr std::array kCheckpoints{1, 2, 4, 7, 12};
  const std::array heads{headOf(1), headOf(2)};
  const auto headOfFrame = [&](int number) { return heads[static_cast<std::size_t>(number) % heads.size()]; };
  std::map<int, Frame> shown;
  std::vector<std::string> failures;
  std::array<Arrival, kFrames> arrivals;
  {
    ThreadWorker worker([] {});
    FrameLoop loop(worker,
                   {[&](Frame frame) {
                      const int number = static_cast<int>(frame.request);
                      EXPECT_TRUE(shown.empty() || shown.rbegin()->first < number) << number;
                      shown.emplace(number, std::move(frame));
                    },
                    [&](const Error& error) { failures.emplace_back(error.what()); }});
    for (int number = 0; number < kFrames; ++number) {
      const ViewOptions view = viewOf(number);
      const bool last = number == kFrames - 1;
      const int at = kCheckpoints[static_cast<std::size_t>(number) % kCheckpoints.size()];
      Arrival& arrival = arrivals[static_cast<std::size_t>(number)];
      loop.submit(
          {view.refined || last, [&arrival, view, at, last, head = headOfFrame(number)](JobContext& context) {
             HeldContext held(context, at, view.refined && !last, arrival);
             return renderFrame(*head, view, held);
           }});
      ASSERT_TRUE(arrival.here.try_acquire_for(kLongEnough)) << "nothing is stopped";
      worker.drain();
    }
    settle(worker);
  }
  EXPECT_TRUE(failures.empty()) << failures.front();
  SilentContext context;
  int stopped = 0;
  for (int number = 0; number < kFrames; ++number) {
    const bool held = arrivals[static_cast<std::size_t>(number)].held;
    stopped += held ? 1 : 0;
    ASSERT_NE(shown.contains(number), held) << number;
    if (!held) {
      expectSame(shown.at(number), renderFrame(*headOfFrame(number), viewOf(number), context));
    }
  }
  EXPECT_GT(stopped, kFrames / 5);
}

TEST(FramesInFlight, AreLeftAloneByHeadsThatAreMadeAndStopped) {
  constexpr int kHeads = 6;
  const HeadPtr shown = headOf(3);
  std::vector<Frame> frames;
  std::map<std::uint32_t, HeadPtr> made;
  int cancelled = 0;
  std::array<Arrival, kHeads> arrivals;
  const auto ignore = [] {};
  {
    ThreadWorker painter(ignore);
    ThreadWorker maker(ignore);
    const auto paint = [&](int number) {
      startFunction(
          painter,
          "Frame",
          [shown, number](JobContext& context) { return renderFrame(*shown, viewOf(number), context); },
          [&frames](Frame frame) { frames.push_back(std::move(frame)); });
    };
    for (int i = 0; i < kHeads; ++i) {
      paint(2 * i);
      paint(2 * i + 1);
      const bool stop = i % 2 == 0;
      const auto seed = static_cast<std::uint32_t>(20 + i);  // not seen before: nothing is kept of it
      Arrival& arrival = arrivals[static_cast<std::size_t>(i)];
      const JobId id = startFunction(
          maker,
          "Head",
          [&arrival, seed, stop, at = 1 + 2 * i](JobContext& context) {
            HeldContext held(context, at, stop, arrival);
            return makeHead(test::firstModel(), {.seed = seed}, held);
          },
          [&made, seed](const HeadPtr& head) { made.emplace(seed, head); },
          {.cancelled = [&cancelled] { ++cancelled; }});
      ASSERT_TRUE(arrival.here.try_acquire_for(kLongEnough)) << "nothing is stopped";
      if (stop) {
        maker.cancel(id);
      }
      painter.drain();
      maker.drain();
    }
    settle(maker);
    settle(painter);
  }
  EXPECT_EQ(cancelled, kHeads / 2);
  EXPECT_EQ(made.size(), static_cast<std::size_t>(kHeads - kHeads / 2));
  for (const auto& [seed, head] : made) {
    EXPECT_TRUE(at::equal(head->prepared.planes, headOf(seed)->prepared.planes)) << seed;
  }
  ASSERT_EQ(frames.size(), static_cast<std::size_t>(2 * kHeads));
  SilentContext context;
  for (int number = 0; number < 2 * kHeads; ++number) {
    expectSame(frames[static_cast<std::size_t>(number)], renderFrame(*shown, viewOf(number), context));
  }
}

}  // namespace
}  // namespace panohead
