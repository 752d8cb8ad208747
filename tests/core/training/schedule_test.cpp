#include "core/training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

TEST(TrainingSchedule, FadesAsPublished) {
  TrainingOptions o;
  o.blur_fade_kimg = 200;
  o.gpc_reg_prob = 0.7;
  o.gpc_reg_fade_kimg = 1000;
  o.density_noise_fade_kimg = 200;
  const TrainingSchedule start = TrainingSchedule::at(o, 0);
  EXPECT_DOUBLE_EQ(start.blur_sigma, 10);
  EXPECT_DOUBLE_EQ(start.pose_swap_probability, 1);
  EXPECT_DOUBLE_EQ(start.density_noise, 1);
  const TrainingSchedule middle = TrainingSchedule::at(o, 100000);
  EXPECT_DOUBLE_EQ(middle.blur_sigma, 5);
  EXPECT_DOUBLE_EQ(middle.pose_swap_probability, 0.97);
  EXPECT_DOUBLE_EQ(middle.density_noise, 0.5);
  const TrainingSchedule late = TrainingSchedule::at(o, 5000000);
  EXPECT_DOUBLE_EQ(late.blur_sigma, 0);
  EXPECT_DOUBLE_EQ(late.pose_swap_probability, 0.7);
  EXPECT_DOUBLE_EQ(late.density_noise, 0);
}

TEST(TrainingSchedule, BlurFadesOverAsManyBatchesWhateverTheirSize) {
  TrainingOptions o;
  o.blur_fade_kimg = 200;
  o.batch = 8;
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 25000).blur_sigma, 5);
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 50000).blur_sigma, 0);
}

TEST(TrainingSchedule, NeuralResolutionFadesToItsFinalValue) {
  TrainingOptions o;
  o.neural_rendering_resolution_initial = 64;
  o.neural_rendering_resolution_final = 128;
  o.neural_rendering_resolution_fade_kimg = 1000;
  EXPECT_EQ(TrainingSchedule::at(o, 0).neural_resolution, 64);
  EXPECT_EQ(TrainingSchedule::at(o, 500000).neural_resolution, 96);
  EXPECT_EQ(TrainingSchedule::at(o, 2000000).neural_resolution, 128);
  o.neural_rendering_resolution_final = 0;
  EXPECT_EQ(TrainingSchedule::at(o, 2000000).neural_resolution, 64);
}

TEST(TrainingSchedule, ReconstructionFallsFromTheRunsStartOrStays) {
  TrainingOptions o;
  EXPECT_EQ(TrainingSchedule::at(o, 0).reconstruction, 0);
  o.reconstruction = 2;
  EXPECT_EQ(TrainingSchedule::at(o, 5000000).reconstruction, 2);
  o.reconstruction_fade_kimg = 100;
  o.resume_kimg = 1000;  // those were without it
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 1000000).reconstruction, 2);
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 1075000).reconstruction, 0.5);
  EXPECT_EQ(TrainingSchedule::at(o, 1100000).reconstruction, 0);
  EXPECT_EQ(TrainingSchedule::at(o, 9000000).reconstruction, 0);
}

TEST(TrainingSchedule, ARunFromANetworkBeginsSharpAndSwappedUnlessAsked) {
  TrainingOptions o;
  o.gpc_reg_prob = 0.7;
  o.resume = "network.safetensors";
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 0).blur_sigma, 0);
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 0).pose_swap_probability, 0.7);
  o.resume_blur = true;
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 0).blur_sigma, 10);
  EXPECT_DOUBLE_EQ(TrainingSchedule::at(o, 0).pose_swap_probability, 1);
}

TEST(TrainingSchedule, PoseSwapCanBeOff) {
  TrainingOptions o;
  o.gpc_reg_prob = -1;
  EXPECT_LT(TrainingSchedule::at(o, 0).pose_swap_probability, 0);
}

TEST(EmaFactor, HalfLifeGrowsWithTheRun) {
  TrainingOptions o;
  o.batch = 32;
  EXPECT_NEAR(emaFactor(o, 100000000), std::pow(0.5, 32 / 10000.0), 1e-12);
  EXPECT_NEAR(emaFactor(o, 32000), std::pow(0.5, 32 / 1600.0), 1e-12);
  EXPECT_EQ(emaFactor(o, 0), 0);
  TrainingOptions from_network = o;
  from_network.resume = "network.safetensors";
  EXPECT_NEAR(emaFactor(from_network, 0), std::pow(0.5, 32 / 10000.0), 1e-12);
  o.ema_rampup = 0;
  EXPECT_NEAR(emaFactor(o, 0), std::pow(0.5, 32 / 10000.0), 1e-12);
}

TEST(LazyRates, ScaleRateAndBetas) {
  const LazyRates rates = lazyRates(0.002, 0, 0.99, 16);
  EXPECT_DOUBLE_EQ(rates.rate, 0.002 * 16 / 17);
  EXPECT_DOUBLE_EQ(rates.beta2, std::pow(0.99, 16.0 / 17));
  EXPECT_DOUBLE_EQ(lazyRates(0.002, 0, 0.99, 0).rate, 0.002);
}

}  // namespace
}  // namespace panohead
