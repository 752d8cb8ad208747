#include "core/training/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {

MeasuredStep measureStep(const std::function<StepTimes()>& step, int g_interval, int d_interval) {
  constexpr int kSteps = 4;
  constexpr double kPatience = 20;  // seconds
  step();
  StepTimes t = step();
  double spent = t.whole;
  for (int i = 1; i < kSteps && spent + t.whole <= kPatience; ++i) {
    const StepTimes next = step();
    spent += next.whole;
    t = next.whole < t.whole ? next : t;
  }
  const auto share = [](double seconds, int interval) { return interval > 0 ? seconds / interval : 0.0; };
  MeasuredStep measured;
  measured.update_seconds = std::max(0.0, t.whole - t.g_main - t.g_density - t.d_main - t.d_r1);
  measured.seconds = t.g_main + t.d_main + share(t.g_density, g_interval) + share(t.d_r1, d_interval) +
                     measured.update_seconds;
  return measured;
}

std::vector<RankForecast> forecastRanks(const MeasuredStep& step,
                                        const Link& link,
                                        std::int64_t batch,
                                        std::int64_t images,
                                        std::span<const int> ranks,
                                        const MeasuredMemory& memory,
                                        std::int64_t at_once) {
  std::vector<RankForecast> forecasts;
  if (step.pictures < 1 || batch < 1) {
    return forecasts;
  }
  const double seconds_per_picture =
      (step.seconds - step.update_seconds) / static_cast<double>(step.pictures);
  const auto seconds_for = [&](double pictures) {
    return seconds_per_picture * pictures + step.update_seconds;
  };
  const double alone = seconds_for(static_cast<double>(batch));
  for (const int n : ranks) {
    if (n < 1 || batch % n != 0) {
      continue;
    }
    RankForecast f{.ranks = n};
    const double rounds = 2.0 * (n - 1);
    f.exchange_seconds = rounds / n * static_cast<double>(step.gradient_bytes) * 8 / (link.gigabits * 1e9) +
                         rounds * link.messages_per_step * link.microseconds * 1e-6;
    f.step_seconds = seconds_for(static_cast<double>(batch) / n) + f.exchange_seconds;
    f.seconds_per_kimg = f.step_seconds * 1000 / static_cast<double>(batch);
    f.total_seconds = step.once_seconds +
                      f.step_seconds * std::ceil(static_cast<double>(images) / static_cast<double>(batch));
    f.efficiency = alone / (n * f.step_seconds);
    f.memory_bytes = memory.with(at_once > 0 ? std::min(at_once, batch / n) : batch / n);
    forecasts.push_back(f);
  }
  return forecasts;
}

std::string forecastText(std::span<const RankForecast> forecasts, const Link& link) {
  std::string text = fmt::format(
      "  ranks   s/step   of it exchange   s/kimg         whole run   efficiency   memory a rank\n");
  for (const RankForecast& f : forecasts) {
    text += fmt::format("  {:>5} {:>8.3f} {:>16.3f} {:>8.2f} {:>17} {:>10.0f} % {:>15}\n",
                        f.ranks,
                        f.step_seconds,
                        f.exchange_seconds,
                        f.seconds_per_kimg,
                        durationText(f.total_seconds),
                        f.efficiency * 100,
                        bytesText(static_cast<double>(f.memory_bytes)));
  }
  return text +
         fmt::format("  (links of {} Gbit/s; each rank on a machine or GPU like this one)\n", link.gigabits);
}

}  // namespace panohead
