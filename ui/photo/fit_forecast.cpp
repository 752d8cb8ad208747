#include "ui/photo/fit_forecast.h"

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr std::size_t kRecent = 20;      // steps that an average goes over
constexpr double kTuningToLatent = 1.4;  // published timings: 16.2 s against 11.7 s a step

}  // namespace

FitRates measuredRates(std::span<const FitPoint> curve, std::size_t photos) {
  FitRates rates;
  const auto rateOf = [&](const char* stage) {
    double newest = 0, oldest = 0;
    std::size_t count = 0;
    for (auto point = curve.rbegin(); point != curve.rend() && count <= kRecent; ++point) {
      if (point->stage == stage) {
        newest = count == 0 ? point->seconds : newest;
        oldest = point->seconds;
        ++count;
      } else if (count > 0) {
        break;
      }
    }
    return count > 1 ? (newest - oldest) / static_cast<double>(count - 1) /
                           static_cast<double>(std::max<std::size_t>(photos, 1))
                     : 0.0;
  };
  rates.latent = rateOf("latent");
  rates.tuning = rateOf("tuning");
  return rates;
}

double forecastSeconds(const FitOptions& options,
                       std::size_t photos,
                       const FitRates& rates,
                       std::int64_t done) {
  const double latent = rates.latent > 0 ? rates.latent : rates.tuning / kTuningToLatent;
  const double tuning = rates.tuning > 0 ? rates.tuning : rates.latent * kTuningToLatent;
  if (latent <= 0) {
    return -1;
  }
  const std::int64_t latent_left = std::max<std::int64_t>(0, options.latent_steps - done);
  const std::int64_t tuning_left =
      std::clamp<std::int64_t>(options.latent_steps + options.tuning_steps - done, 0, options.tuning_steps);
  return static_cast<double>(photos) *
         (latent * static_cast<double>(latent_left) + tuning * static_cast<double>(tuning_left));
}

}  // namespace panohead::ui
