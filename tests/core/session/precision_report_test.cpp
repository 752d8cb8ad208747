#include "core/session/precision_report.h"

#include "core/base/error.h"
#include "core/session/model.h"
#include "core/session/precision_comparison.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"
#include "tests/support/first_model.h"
#include "tests/support/plain_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace panohead {
namespace {

/// Counts what is reported, and may stop.
class CountingContext final : public JobContext {
 public:
  explicit CountingContext(int stop_after = 1 << 30) : left_(stop_after) {}
  void report(const Progress& progress) override { last = progress; }
  void preview(Frame) override {}
  void checkpoint() override {
    if (--left_ < 0) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }

  Progress last;

 private:
  int left_;
};

const PrecisionReport::Quantity& quantity(const PrecisionReport& report, const std::string& name) {
  for (const PrecisionReport::Quantity& q : report.quantities) {
    if (q.name == name) {
      return q;
    }
  }
  throw std::out_of_range(name);
}

TEST(PrecisionReport, SaysHowFarFramesOfBothPathsAreApart) {
  CountingContext context;
  const HeadPtr head = makeHead(test::firstModel(), {.seed = 3}, context);
  const PrecisionReport report = comparePrecision(*head, {.views = 2, .neural_resolution = 24}, context);
  EXPECT_TRUE(report.has_fast_path);
  EXPECT_EQ(report.precision, quickType() == at::kBFloat16 ? "bf16" : "fp32");
  EXPECT_EQ(report.views, 2);
  EXPECT_EQ(report.neural_resolution, 24);
  EXPECT_EQ(report.samples_per_ray, 48);
  EXPECT_EQ(context.last.step, 2);
  EXPECT_EQ(context.last.total, 2);
  ASSERT_EQ(report.quantities.size(), 4U);

  // The same from the frames themselves: views are half a turn apart, the second from above.
  double squares = 0;
  double worst = 0;
  double least = 1000;
  std::size_t count = 0;
  for (const OrbitView orbit : {OrbitView{}, OrbitView{.yaw_degrees = 180, .pitch_degrees = 20}}) {
    ViewOptions view{.camera = orbitLabel(orbit), .mode = RenderMode::Raw, .neural_resolution = 24};
    const Frame fast = renderFrame(*head, view, context);
    view.exact = true;
    const Frame exact = renderFrame(*head, view, context);
    double of_view = 0;
    for (std::size_t i = 0; i < exact.mask.size(); ++i) {
      const double difference = std::abs(double{exact.mask[i]} - fast.mask[i]);
      of_view += difference * difference;
      worst = std::max(worst, difference);
    }
    squares += of_view;
    count += exact.mask.size();
    least = std::min(least, -10 * std::log10(of_view / static_cast<double>(exact.mask.size())));
  }
  const PrecisionReport::Quantity& mask = quantity(report, "mask");
  EXPECT_NEAR(mask.psnr, -10 * std::log10(squares / static_cast<double>(count)), 1e-6);
  EXPECT_NEAR(mask.least_psnr, least, 1e-6);
  EXPECT_EQ(mask.worst.difference, worst);
  EXPECT_TRUE(mask.worst.yaw == 0 || mask.worst.yaw == 180);
  EXPECT_GT(worst, 0);
  for (const PrecisionReport::Quantity& q : report.quantities) {
    EXPECT_GE(q.psnr, q.least_psnr) << q.name;
    EXPECT_GT(q.least_psnr, 35) << q.name;
    EXPECT_LE(q.psnr, PrecisionReport::kMostDecibels) << q.name;
    EXPECT_LT(q.worst.x, q.name == "picture" ? 256 : 24) << q.name;
    EXPECT_LT(q.worst.y, q.name == "picture" ? 256 : 24) << q.name;
  }
  ASSERT_GE(report.stages.size(), 4U);
  EXPECT_EQ(report.stages.front().name, "volume rendering");
  EXPECT_EQ(report.stages.back().name, "whole frame");
  for (const PrecisionReport::Stage& stage : report.stages) {
    EXPECT_GT(stage.specification, 0) << stage.name;
    EXPECT_GT(stage.fast, 0) << stage.name;
  }
}

TEST(PrecisionReport, OfAModelWithoutAFastPathFindsNoDifference) {
  CountingContext context;
  const HeadPtr head = makeHead(test::modelWithoutFastPath(), {.seed = 3}, context);
  const PrecisionReport report = comparePrecision(*head, {.views = 1, .neural_resolution = 16}, context);
  EXPECT_FALSE(report.has_fast_path);
  for (const PrecisionReport::Quantity& q : report.quantities) {
    EXPECT_EQ(q.worst.difference, 0) << q.name;
    EXPECT_EQ(q.psnr, PrecisionReport::kMostDecibels) << q.name;
    EXPECT_EQ(q.least_psnr, PrecisionReport::kMostDecibels) << q.name;
  }
}

TEST(PrecisionReport, WhatIsNoNumberIsTheWorst) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Comparison comparison("mask", "of 1", 1);
  comparison.beginView({.yaw_degrees = 15});
  comparison.add(0.5, 0.4, 1, 2);
  comparison.endView();
  comparison.beginView({.yaw_degrees = 30});
  comparison.add(0.5, nan, 3, 4);
  comparison.add(0.5, nan, 5, 6);
  comparison.add(1, 0, 7, 8);  // a larger number than any before
  comparison.endView();
  const PrecisionReport::Quantity quantity = comparison.result();
  EXPECT_TRUE(std::isnan(quantity.worst.difference)) << quantity.worst.difference;
  EXPECT_EQ(quantity.worst.yaw, 30);
  EXPECT_EQ(quantity.worst.x, 3) << "the first of them";
  EXPECT_EQ(quantity.psnr, 0);
  EXPECT_EQ(quantity.least_psnr, 0);
}

TEST(PrecisionReport, StopsAndChecksItsOptions) {
  CountingContext context;
  const HeadPtr head = makeHead(test::firstModel(), {}, context);
  for (const int after : {0, 7, 40}) {
    CountingContext stopping(after);
    EXPECT_THROW(comparePrecision(*head, {}, stopping), Cancelled);
  }
  EXPECT_THROW(comparePrecision(*head, {.views = 0}, context), OptionError);
  EXPECT_THROW(comparePrecision(*head, {.neural_resolution = 3}, context), OptionError);
}

}  // namespace
}  // namespace panohead
