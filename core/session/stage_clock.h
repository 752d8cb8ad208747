#pragma once

#include "core/base/frame.h"

#include <chrono>
#include <vector>

namespace panohead {

/// Writes down how long each stage took: a stage ends where the next begins.
class StageClock {
 public:
  explicit StageClock(std::vector<StageTime>& times) : times_(times) {}

  void enter(const char* stage) {
    stop();
    times_.push_back({stage, 0});
    begin_ = std::chrono::steady_clock::now();
    running_ = true;
  }

  void stop() {
    if (running_) {
      times_.back().milliseconds =
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
      running_ = false;
    }
  }

 private:
  std::vector<StageTime>& times_;
  std::chrono::steady_clock::time_point begin_{};
  bool running_ = false;
};

}  // namespace panohead
