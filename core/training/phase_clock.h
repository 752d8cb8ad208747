#pragma once

#include "core/training/stats.h"

#include <c10/core/Device.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>

namespace panohead {

/// Times the phases of a step without making the device wait: on a GPU by events between its kernels, which
/// are read when they are over; on the CPU by the clock.
class PhaseClock {
 public:
  explicit PhaseClock(at::Device device);
  ~PhaseClock();

  void start();
  /// Ends what start() began; its seconds go to the statistic `name`, now or by a later call.
  void stop(const std::string& name, StatsCollector& stats);
  /// The seconds of every phase so far, waiting for the device.
  void finish(StatsCollector& stats);

 private:
  struct Pending;
  void collect(StatsCollector& stats, bool wait);

  at::Device device_;
  std::chrono::steady_clock::time_point start_{};
  std::deque<std::unique_ptr<Pending>> pending_;  // the last one is open between start() and stop()
};

}  // namespace panohead
