#include "core/training/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const MeasuredStep kStep{
    .seconds = 4.5, .pictures = 8, .update_seconds = 0.5, .gradient_bytes = 1'000'000'000};
const Link kLink{.gigabits = 8, .microseconds = 100, .messages_per_step = 5};  // a gigabyte a second

std::vector<RankForecast> forecastOf(std::vector<int> ranks, std::int64_t batch = 8) {
  return forecastRanks(kStep, kLink, batch, 8000, ranks);
}

/// Steps that take so many times as long as is said, one after the other.
std::function<StepTimes()> stepsOf(const StepTimes& times, std::vector<double> factors, std::size_t& taken) {
  return [times, factors, &taken] {
    const double slow = factors.at(taken++);
    return StepTimes{times.whole * slow,
                     times.g_main * slow,
                     times.g_density * slow,
                     times.d_main * slow,
                     times.d_r1 * slow};
  };
}

constexpr StepTimes kEveryPhase{.whole = 10.5, .g_main = 3, .g_density = 1, .d_main = 2, .d_r1 = 4};

TEST(Forecast, TheFirstStepIsNotMeasuredAndLazyPhasesCountByTheirShare) {
  for (const double first : {10.0, 0.1}) {
    std::size_t taken = 0;
    const MeasuredStep step = measureStep(stepsOf(kEveryPhase, {first, 1}, taken), 4, 16);
    EXPECT_EQ(taken, 2U) << "a second one would take longer than twenty seconds in all";
    EXPECT_DOUBLE_EQ(step.update_seconds, 0.5);
    EXPECT_DOUBLE_EQ(step.seconds, 3 + 1.0 / 4 + 2 + 4.0 / 16 + 0.5);
  }
}

TEST(Forecast, TheFastestOfAFewStepsCounts) {
  std::size_t taken = 0;
  const MeasuredStep step = measureStep(stepsOf(kEveryPhase, {1, 0.2, 0.13, 0.1, 0.4}, taken), 4, 16);
  EXPECT_EQ(taken, 5U);
  EXPECT_DOUBLE_EQ(step.seconds, 0.1 * (3 + 1.0 / 4 + 2 + 4.0 / 16 + 0.5));
}

TEST(Forecast, PhasesThatARunNeverTakesCostNothing) {
  std::size_t taken = 0;
  const MeasuredStep step =
      measureStep(stepsOf({.whole = 15, .g_main = 10, .d_main = 5}, {2, 1}, taken), 0, 0);
  EXPECT_DOUBLE_EQ(step.seconds, 15);
  EXPECT_DOUBLE_EQ(step.update_seconds, 0);
}

TEST(Forecast, OneRankTakesTheMeasuredTime) {
  const auto f = forecastOf({1});
  ASSERT_THAT(f, SizeIs(1));
  EXPECT_DOUBLE_EQ(f[0].step_seconds, 4.5);
  EXPECT_EQ(f[0].exchange_seconds, 0);
  EXPECT_DOUBLE_EQ(f[0].seconds_per_kimg, 562.5);
  EXPECT_DOUBLE_EQ(f[0].total_seconds, 4500);
  EXPECT_DOUBLE_EQ(f[0].efficiency, 1);
}

TEST(Forecast, RanksShareThePicturesAndExchangeByARing) {
  const auto f = forecastOf({4});
  ASSERT_THAT(f, SizeIs(1));
  // Three quarters of a gigabyte twice, six rounds of five messages.
  EXPECT_NEAR(f[0].exchange_seconds, 1.5 + 6 * 5 * 100e-6, 1e-12);
  EXPECT_NEAR(f[0].step_seconds, 4.0 / 4 + 0.5 + f[0].exchange_seconds, 1e-12);
  EXPECT_NEAR(f[0].efficiency, 4.5 / (4 * f[0].step_seconds), 1e-12);
}

TEST(Forecast, AnotherBatchThanTheMeasuredOneIsScaled) {
  EXPECT_DOUBLE_EQ(forecastOf({1}, 16)[0].step_seconds, 8.5);
  EXPECT_DOUBLE_EQ(forecastOf({1}, 16)[0].total_seconds, 8.5 * 500);
}

TEST(Forecast, RanksThatDoNotDivideTheBatchAreLeftOut) {
  const auto f = forecastOf({0, -2, 1, 3, 8, 16});
  ASSERT_THAT(f, SizeIs(2));
  EXPECT_EQ(f[0].ranks, 1);
  EXPECT_EQ(f[1].ranks, 8);
  EXPECT_THAT(forecastRanks({}, kLink, 8, 8000, std::vector<int>{1}), SizeIs(0));
}

TEST(Forecast, TextHasALineForEach) {
  const std::string text = forecastText(forecastOf({1, 2}), kLink);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, HasSubstr("562.50"));
  EXPECT_THAT(text, HasSubstr("1 h 15 min"));
}

TEST(Forecast, DurationsAndSizesRead) {
  EXPECT_EQ(durationText(12.34), "12.3 s");
  EXPECT_EQ(durationText(59.97), "60.0 s");
  EXPECT_EQ(durationText(2460), "41 min");
  EXPECT_EQ(durationText(18720), "5 h 12 min");
  EXPECT_EQ(durationText(8.5 * 86400), "8 d 12 h");
  EXPECT_EQ(bytesText(512), "512 B");
  EXPECT_EQ(bytesText(2.1e6), "2.1 MB");
  EXPECT_EQ(bytesText(123.4e6), "123 MB");
  EXPECT_EQ(bytesText(999.9e6), "1.0 GB");
}

}  // namespace
}  // namespace panohead
