#include "render/frame_pacer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead::render {
namespace {

constexpr FrameQuality kFull{64, 24, 24};
constexpr double kTarget = 60;  // ms

/// A machine on which super-resolution takes so many ms, and a million samples `per_million` ms.
struct Machine {
  double super_resolution;
  double per_million;

  Frame draw(const FrameQuality& quality, bool refined = false) const {
    Frame frame;
    frame.refined = refined;
    frame.neural_resolution = quality.neural_resolution;
    frame.samples_per_ray = quality.coarse_samples + quality.fine_samples;
    const double samples =
        double(quality.neural_resolution) * quality.neural_resolution * frame.samples_per_ray;
    frame.times = {{"volume rendering", per_million * samples / 1e6}, {"picture", 0.5}};
    if (quality.super_resolution) {
      frame.times.push_back({"super-resolution", super_resolution});
    }
    return frame;
  }
  double milliseconds(const FrameQuality& quality) const { return totalMilliseconds(draw(quality).times); }
};

FrameQuality settled(FramePacer& pacer, const Machine& machine) {
  pacer.measured(machine.draw(pacer.full(), true));
  for (int i = 0; i < 30; ++i) {
    pacer.measured(machine.draw(pacer.moving()));
  }
  return pacer.moving();
}

TEST(FramePacer, FastMachineDrawsInFullQuality) {
  FramePacer pacer(kFull, kTarget);
  EXPECT_EQ(settled(pacer, {5, 100}), kFull);
}

TEST(FramePacer, SlowMachineComesNearTheTarget) {
  const Machine machine{10, 1200};
  ASSERT_GT(machine.milliseconds(kFull), 3 * kTarget);
  FramePacer pacer(kFull, kTarget);
  const double ms = machine.milliseconds(settled(pacer, machine));
  EXPECT_LE(ms, kTarget);
  EXPECT_GE(ms, 0.4 * kTarget) << "quality was given away";
}

TEST(FramePacer, SuperResolutionGoesWhereItAloneMissesTheTarget) {
  const Machine machine{1400, 400};  // a published model of 512 pixels on a few cores
  FramePacer pacer(kFull, kTarget);
  const FrameQuality quality = settled(pacer, machine);
  EXPECT_FALSE(quality.super_resolution);
  EXPECT_LE(machine.milliseconds(quality), kTarget);
  EXPECT_EQ(quality.neural_resolution, kFull.neural_resolution) << "the rays were given away as well";
  EXPECT_TRUE(pacer.full().super_resolution);
}

TEST(FramePacer, SuperResolutionStaysWhereItFits) {
  const Machine machine{40, 400};
  FramePacer pacer(kFull, kTarget);
  const FrameQuality quality = settled(pacer, machine);
  EXPECT_TRUE(quality.super_resolution);
  EXPECT_LE(machine.milliseconds(quality), kTarget);
}

TEST(FramePacer, SuperResolutionWaitsUntilARefinedFrameShowedItsCost) {
  const Machine machine{5, 100};
  FramePacer pacer(kFull, kTarget);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(pacer.moving().super_resolution);
    pacer.measured(machine.draw(pacer.moving()));
  }
  pacer.measured(machine.draw(pacer.full(), true));
  EXPECT_TRUE(pacer.moving().super_resolution);
}

TEST(FramePacer, SuperResolutionComesBackWhenItGetsFast) {
  FramePacer pacer(kFull, kTarget);
  ASSERT_FALSE(settled(pacer, {200, 300}).super_resolution);
  for (int i = 0; i < 5; ++i) {  // a rest after each drag
    pacer.measured(Machine{5, 300}.draw(pacer.full(), true));
  }
  EXPECT_TRUE(pacer.moving().super_resolution);
}

TEST(FramePacer, WhereNothingIsSuperResolvedItCostsNothing) {
  FrameQuality raw = kFull;
  raw.super_resolution = false;
  FramePacer pacer(kFull, kTarget);
  pacer.measured(Machine{1400, 100}.draw(raw, true));
  EXPECT_EQ(pacer.moving(), kFull);
}

TEST(FramePacer, FollowsAMachineThatGetsBusy) {
  FramePacer pacer(kFull, kTarget);
  const FrameQuality before = settled(pacer, {5, 200});
  const FrameQuality after = settled(pacer, {5, 4000});
  EXPECT_LT(after.neural_resolution, before.neural_resolution);
}

TEST(FramePacer, ChoiceIsSteady) {
  for (const double super_resolution : {12.0, 45.0, 58.0, 70.0, 1000.0}) {
    for (const double speed : {300.0, 600.0, 900.0, 2000.0, 5000.0}) {
      const Machine machine{super_resolution, speed};
      FramePacer pacer(kFull, kTarget);
      const FrameQuality first = settled(pacer, machine);
      for (int i = 0; i < 10; ++i) {
        pacer.measured(machine.draw(pacer.moving()));
        EXPECT_EQ(pacer.moving(), first) << "at speed " << speed << ", " << super_resolution;
      }
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

TEST(FramePacer, RawPicturesAreNeverSuperResolved) {
  constexpr FrameQuality kRaw{128, 24, 24, false};
  FramePacer pacer(kRaw, kTarget);
  EXPECT_FALSE(pacer.moving().super_resolution);
  EXPECT_EQ(pacer.moving().neural_resolution, 64) << "before anything was measured";
  EXPECT_EQ(settled(pacer, {0, 10}), kRaw);
  const FrameQuality reduced = settled(pacer = FramePacer(kRaw, kTarget), {0, 120});
  EXPECT_FALSE(reduced.super_resolution);
  EXPECT_TRUE(coarser(reduced, kRaw));
  EXPECT_GE(reduced.neural_resolution, 96) << "samples go before rays";
}

TEST(FramePacer, ExpectsWhatItMeasured) {
  FramePacer pacer(kFull, kTarget);
  EXPECT_FALSE(pacer.knows());
  EXPECT_TRUE(std::isinf(pacer.expected()));
  const Machine machine{10, 1200};
  settled(pacer, machine);
  EXPECT_TRUE(pacer.knows());
  EXPECT_NEAR(pacer.expected(), machine.milliseconds(pacer.moving()), 1);
}

TEST(FramePacer, SuperResolutionIsFinerThanRaysAndRaysThanSamples) {
  EXPECT_TRUE(coarser({128, 48, 48, false}, {32, 6, 6, true}));
  EXPECT_TRUE(coarser({32, 48, 48, false}, {64, 6, 6, false}));
  EXPECT_TRUE(coarser({64, 6, 6, false}, {64, 12, 0, false}) == false);
  EXPECT_TRUE(coarser({64, 6, 6, false}, {64, 12, 6, false}));
  EXPECT_FALSE(coarser(kFull, kFull));
}

constexpr FrameQuality kPreview{128, 24, 24, false};

/// Pacers of the processor and of the preview, on machines that were measured.
struct Pair {
  FramePacer processor{kFull, kTarget};
  FramePacer preview{kPreview, kTarget / 3};

  Pair& measureProcessor(const Machine& machine) {
    settled(processor, machine);
    return *this;
  }
  Pair& measurePreview(double per_million) {
    settled(preview, {0, per_million});
    return *this;
  }
  bool previewWins() const { return previewIsBetter(processor, preview); }
};

TEST(PreviewChoice, NothingIsChosenBeforeTheProcessorWasMeasured) {
  EXPECT_FALSE(Pair().previewWins());
  EXPECT_FALSE(Pair().measurePreview(1).previewWins());
}

TEST(PreviewChoice, ProcessorThatSuperResolvesInTimeStays) {
  EXPECT_FALSE(Pair().measureProcessor({5, 100}).previewWins());
  EXPECT_FALSE(Pair().measureProcessor({5, 100}).measurePreview(1).previewWins());
}

TEST(PreviewChoice, PreviewOfAGraphicsCardReplacesRawPicturesOfTheProcessor) {
  const Machine published{1400, 400};
  EXPECT_TRUE(Pair().measureProcessor(published).previewWins()) << "it may show what it can";
  EXPECT_TRUE(Pair().measureProcessor(published).measurePreview(10).previewWins());
}

TEST(PreviewChoice, SlowPreviewLosesAgain) {
  EXPECT_FALSE(Pair().measureProcessor({1400, 400}).measurePreview(600).previewWins());
  EXPECT_FALSE(Pair().measureProcessor({1400, 400}).measurePreview(1e5).previewWins());
}

TEST(PreviewChoice, WhereBothAreLateTheQuickerOneDraws) {
  EXPECT_TRUE(Pair().measureProcessor({1e4, 1e5}).measurePreview(2e4).previewWins());
  EXPECT_FALSE(Pair().measureProcessor({1e4, 2e4}).measurePreview(1e5).previewWins());
}

TEST(PreviewChoice, ModelsWithoutSuperResolutionAreComparedByTheirRays) {
  Pair pair;
  Frame refined = Machine{0, 100}.draw({64, 24, 24, false}, true);
  pair.processor.measured(refined);
  ASSERT_EQ(pair.processor.moving(), kFull);
  EXPECT_TRUE(pair.measurePreview(1).previewWins()) << "twice the rays";
}

}  // namespace
}  // namespace panohead::render
