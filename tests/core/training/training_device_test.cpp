#include "core/training/training_device.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/phase_clock.h"
#include "tests/support/doubled_rank.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <thread>

namespace panohead {
namespace {

TEST(TrainingArithmetic, IsThatOfThePublishedProgram) {
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setAllowTF32CuDNN(true);
  useTrainingArithmetic();
  EXPECT_TRUE(at::globalContext().benchmarkCuDNN());
  EXPECT_FALSE(at::globalContext().allowTF32CuDNN());
  EXPECT_FALSE(at::globalContext().allowTF32CuBLAS());
}

/// Its other rank has what this one has not.
class OtherRank : public test::DoubledRank {
 public:
  double maximum(double) override { return 1; }
};

TEST(TrainingDevice, OfAllRanksIsOfOneKind) {
  test::DoubledRank same;
  EXPECT_NO_THROW(requireSameKind(at::kCPU, same));
  EXPECT_NO_THROW(requireSameKind(at::Device(at::kCUDA, 1), same));
  OtherRank other;
  for (const at::Device own : {at::Device(at::kCPU), at::Device(at::kCUDA, 0)}) {
    EXPECT_THROW(requireSameKind(own, other), DeviceError) << own.str();
  }
}

TEST(PhaseClock, GivesTheSecondsOfEveryPhase) {
  const auto alone = makeSingleCommunicator();
  StatsCollector stats;
  PhaseClock clock(at::kCPU);
  clock.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  clock.stop("Timing/Gmain", stats);
  clock.start();
  clock.stop("Timing/Dmain", stats);
  clock.finish(stats);
  const StatsSnapshot snapshot = stats.take(*alone);
  EXPECT_GE(snapshot.at("Timing/Gmain").mean(), 0.02);
  EXPECT_LT(snapshot.at("Timing/Dmain").mean(), 0.02);
}

}  // namespace
}  // namespace panohead
