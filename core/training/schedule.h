#pragma once

#include "core/training/training_options.h"

#include <cstdint>

namespace panohead {

/// What changes while a run goes on, as it is after `images` pictures (SPEC, "Discriminator and losses").
/// A run that began from a network (options.resume) has neither blur nor the fade of the pose swap, unless
/// resume_blur is set.
struct TrainingSchedule {
  double blur_sigma = 0;             // pixels; Gaussian on what D sees
  double pose_swap_probability = 0;  // the conditioning label is the neighbour's; negative: it is all zeros
  double background_swap_probability = 0;  // the background's w is the neighbour's
  double density_noise = 0;                // deviation
  std::int64_t neural_resolution = 64;     // rays on a side
  double reconstruction = 0;               // weight of the term beside the adversary

  static TrainingSchedule at(const TrainingOptions& options, std::int64_t images);
};

/// Factor of G_ema in its moving average for one batch: 0.5^(batch / half-life), the half-life no longer
/// than `ema_rampup` of the pictures seen, unless the run began from a network.
double emaFactor(const TrainingOptions& options, std::int64_t images);

/// Lazy regularisation (StyleGAN2, appendix B): the optimiser takes steps for the main loss and, every
/// `interval` batches, for the regulariser; rate and betas are scaled so that both together are as one.
struct LazyRates {
  double rate = 0, beta1 = 0, beta2 = 0;
};
LazyRates lazyRates(double rate, double beta1, double beta2, int interval);

}  // namespace panohead
