#pragma once

#include "core/base/quantity_text.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// What was measured on one rank.
struct MeasuredStep {
  double seconds = 0;               // of one whole step (all phases, lazy ones by their share)
  std::int64_t pictures = 0;        // that it worked on
  double update_seconds = 0;        // part of it that does not shrink with the batch: optimiser, averaging
  std::int64_t gradient_bytes = 0;  // exchanged per step, over all networks and phases
  double once_seconds = 0;          // of what every rank does for itself before the first step
};

/// Seconds of one step that took every phase, the lazy ones as well, and of each phase; 0: never taken.
struct StepTimes {
  double whole = 0;
  double g_main = 0, g_density = 0, d_main = 0, d_r1 = 0;
};

/// Measures a step. The first is thrown away: it also finds algorithms, fills caches and takes memory for the
/// first time, which goes on for a few more. So the fastest of the four that follow counts, or of as many as
/// fit into twenty seconds, one at least. Of it each lazy phase counts by its share of the run's steps, and
/// what lies between the phases is the part that does not shrink with the batch.
/// @param step takes one step
/// @param g_interval steps from one density phase to the next; 0: never
/// @param d_interval the same of R1
/// `pictures` and `gradient_bytes` are left to the caller.
MeasuredStep measureStep(const std::function<StepTimes()>& step, int g_interval, int d_interval);

/// Memory that a step takes: of the networks, and of the pictures that are worked on at once.
struct MeasuredMemory {
  std::int64_t fixed = 0;        // bytes
  std::int64_t per_picture = 0;  // bytes

  std::int64_t with(std::int64_t pictures) const { return fixed + per_picture * pictures; }
};

/// A connection between ranks.
struct Link {
  double gigabits = 10;       // per second and direction
  double microseconds = 50;   // of one message
  int messages_per_step = 4;  // gradients are sent in so many pieces
};

struct RankForecast {
  int ranks = 1;
  double step_seconds = 0;
  double exchange_seconds = 0;  // part of it: averaging the gradients
  double seconds_per_kimg = 0;
  double total_seconds = 0;       // for all pictures of the run
  double efficiency = 1;          // speed against `ranks` times one rank
  std::int64_t memory_bytes = 0;  // of each rank
};

/// Time of a run on several ranks. Compute shrinks with a rank's share of the batch; gradients are averaged
/// by a ring, each rank sending 2 (n - 1) / n of them in 2 (n - 1) rounds (Patarasuk and Yuan, 2009), after
/// the computing and not beside it: the estimate is careful.
/// @param batch pictures per step over all ranks
/// @param images pictures that the run still has to show
/// @param memory of a rank, and @param at_once pictures that it holds at once; 0: its whole share
/// Ranks that do not divide the batch are left out.
std::vector<RankForecast> forecastRanks(const MeasuredStep& step,
                                        const Link& link,
                                        std::int64_t batch,
                                        std::int64_t images,
                                        std::span<const int> ranks,
                                        const MeasuredMemory& memory = {},
                                        std::int64_t at_once = 0);

/// A table for a terminal: a line per forecast.
std::string forecastText(std::span<const RankForecast> forecasts, const Link& link);

}  // namespace panohead
