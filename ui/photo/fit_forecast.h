#pragma once

#include "core/session/fit_session.h"

#include <span>

namespace panohead::ui {

/// Seconds that a step takes, a photo; 0: not known.
struct FitRates {
  double latent = 0, tuning = 0;
};

/// From the steps that a fit has done.
FitRates measuredRates(std::span<const FitPoint> curve, std::size_t photos);

/// Seconds that steps (done, total] of a fit take; negative when nothing is known.
double forecastSeconds(const FitOptions& options,
                       std::size_t photos,
                       const FitRates& rates,
                       std::int64_t done = 0);

}  // namespace panohead::ui
