#include "ui/photo/fit_forecast.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr std::size_t kRecent = 20;      // steps that an average goes over
constexpr double kTuningToLatent = 1.4;  // published timings: 16.2 s against 11.7 s a step

QString text(const char* source) { return QCoreApplication::translate("FitForecast", source); }

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

QString durationText(double seconds) {
  const auto whole = static_cast<qint64>(std::lround(seconds));
  if (whole < 100) {
    return text("%1 s").arg(whole);
  }
  const qint64 minutes = (whole + 30) / 60;
  if (minutes < 90) {
    return text("%1 min").arg(minutes);
  }
  return text("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
}

}  // namespace panohead::ui
