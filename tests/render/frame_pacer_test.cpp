#include "render/frame_pacer.h"

#include <gtest/gtest.h>

namespace panohead::render {
namespace {

constexpr FrameQuality kFull{64, 24, 24};
constexpr double kTarget = 60;  // ms

/// A machine on which a frame takes `fixed` ms and `per_million` ms for a million samples.
struct Machine {
  double fixed;
  double per_million;

  Frame draw(const FrameQuality& quality) const {
    Frame frame;
    frame.neural_resolution = quality.neural_resolution;
    frame.samples_per_ray = quality.coarse_samples + quality.fine_samples;
    const double samples =
        double(quality.neural_resolution) * quality.neural_resolution * frame.samples_per_ray;
    frame.times = {{"rendering", per_million * samples / 1e6}, {"super-resolution", fixed}};
    return frame;
  }
  double milliseconds(const FrameQuality& quality) const { return totalMilliseconds(draw(quality)); }
};

FrameQuality settled(FramePacer& pacer, const Machine& machine) {
  pacer.measured(machine.draw(pacer.full()));
  for (int i = 0; i < 30; ++i) {
    pacer.measured(machine.draw(pacer.moving()));
  }
  return pacer.moving();
}

TEST(FramePacer, FastMachineDrawsInFullQuality) {
  FramePacer pacer(kFull, kTarget);
  const FrameQuality quality = settled(pacer, {5, 100});
  EXPECT_EQ(quality.neural_resolution, kFull.neural_resolution);
  EXPECT_EQ(quality.coarse_samples, kFull.coarse_samples);
  EXPECT_EQ(quality.fine_samples, kFull.fine_samples);
}

TEST(FramePacer, SlowMachineComesNearTheTarget) {
  const Machine machine{10, 1200};
  ASSERT_GT(machine.milliseconds(kFull), 3 * kTarget);
  FramePacer pacer(kFull, kTarget);
  const double ms = machine.milliseconds(settled(pacer, machine));
  EXPECT_LE(ms, kTarget);
  EXPECT_GE(ms, 0.4 * kTarget) << "quality was given away";
}

TEST(FramePacer, RenderingIsNotRuinedWhereTheFixedPartIsTooSlowAnyway) {
  const Machine machine{400, 300};
  FramePacer pacer(kFull, kTarget);
  EXPECT_EQ(settled(pacer, machine).neural_resolution, kFull.neural_resolution);
}

TEST(FramePacer, FollowsAMachineThatGetsBusy) {
  FramePacer pacer(kFull, kTarget);
  const FrameQuality before = settled(pacer, {5, 200});
  const FrameQuality after = settled(pacer, {5, 4000});
  EXPECT_LT(after.neural_resolution, before.neural_resolution);
}

TEST(FramePacer, ChoiceIsSteady) {
  for (const double speed : {300.0, 600.0, 900.0, 2000.0, 5000.0}) {
    const Machine machine{12, speed};
    FramePacer pacer(kFull, kTarget);
    const FrameQuality first = settled(pacer, machine);
    for (int i = 0; i < 10; ++i) {
      pacer.measured(machine.draw(pacer.moving()));
      EXPECT_EQ(pacer.moving().neural_resolution, first.neural_resolution) << "at speed " << speed;
      EXPECT_EQ(pacer.moving().coarse_samples, first.coarse_samples) << "at speed " << speed;
    }
  }
}

TEST(FramePacer, NeverExceedsFullQualityNorLeavesTheValidRange) {
  for (const FrameQuality full :
       {FrameQuality{8, 4, 0}, FrameQuality{64, 48, 48}, FrameQuality{256, 96, 96}}) {
    FramePacer pacer(full, kTarget);
    const FrameQuality quality = settled(pacer, {1, 1e6});
    EXPECT_LE(quality.neural_resolution, full.neural_resolution);
    EXPECT_GE(quality.neural_resolution, 8);
    EXPECT_LE(quality.coarse_samples, full.coarse_samples);
    EXPECT_GE(quality.coarse_samples, 2);
    EXPECT_LE(quality.fine_samples, full.fine_samples);
  }
}

TEST(FramePacer, FrameWithoutTimesTeachesNothing) {
  FramePacer pacer(kFull, kTarget);
  const FrameQuality before = pacer.moving();
  pacer.measured({});
  EXPECT_EQ(pacer.moving().neural_resolution, before.neural_resolution);
}

}  // namespace
}  // namespace panohead::render
