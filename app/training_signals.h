#pragma once

#include "core/training/training_run.h"

#include <array>
#include <functional>
#include <string>
#include <thread>

namespace panohead::app {

/// While it lives, wishes from outside reach a training run: SIGUSR1 pauses it or lets it go on, SIGUSR2
/// asks for a snapshot. One at a time.
class TrainingSignals {
 public:
  explicit TrainingSignals(TrainingControl& control);
  ~TrainingSignals();
  TrainingSignals(const TrainingSignals&) = delete;
  TrainingSignals& operator=(const TrainingSignals&) = delete;
};

/// Reads commands from standard input on a thread of its own, one a line: pause, resume, snapshot, stop.
/// The end of the input means nothing: a run outlives the program that started it.
class TrainingCommands {
 public:
  /// @param stop called for "stop"  @param unknown called with a line that is no command; both on that thread
  TrainingCommands(TrainingControl& control,
                   std::function<void()> stop,
                   std::function<void(const std::string&)> unknown);
  ~TrainingCommands();
  TrainingCommands(const TrainingCommands&) = delete;
  TrainingCommands& operator=(const TrainingCommands&) = delete;

 private:
  void read();
  void obey(const std::string& line);

  TrainingControl& control_;
  std::function<void()> stop_;
  std::function<void(const std::string&)> unknown_;
  std::array<int, 2> wake_{-1, -1};  // its end closing ends the thread
  std::thread reader_;
};

}  // namespace panohead::app
