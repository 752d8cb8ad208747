#pragma once

#include "core/base/frame.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace panohead {

/// Writes down how long each stage took: a stage ends where the next begins. One that comes again is summed.
class StageClock {
 public:
  explicit StageClock(std::vector<StageTime>& times) : times_(times) {}

  void enter(const char* stage) {
    stop();
    const auto known = std::ranges::find(times_, stage, &StageTime::stage);
    current_ = static_cast<std::size_t>(known - times_.begin());
    if (known == times_.end()) {
      times_.push_back({stage, 0});
    }
    begin_ = std::chrono::steady_clock::now();
    running_ = true;
  }

  void stop() {
    if (running_) {
      times_[current_].milliseconds +=
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
      running_ = false;
    }
  }

 private:
  std::vector<StageTime>& times_;
  std::size_t current_ = 0;
  std::chrono::steady_clock::time_point begin_{};
  bool running_ = false;
};

}  // namespace panohead
