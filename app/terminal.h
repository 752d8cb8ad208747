#pragma once

#include "core/jobs/job.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace panohead::app {

/// The world of a command: progress and notices go to standard error, a stop comes from the keyboard.
/// On a terminal progress is a bar with the time left, elsewhere a line every ten seconds.
class Terminal final : public JobContext {
 public:
  Terminal(bool quiet, std::stop_token stop);
  ~Terminal() override;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void report(const Progress& progress) override;
  void preview(Frame) override {}
  void checkpoint() override;
  std::stop_token stopToken() const override { return stop_; }

  /// One line for the user, above the bar; nothing when quiet.
  void notice(const std::string& line) override;

 private:
  using Clock = std::chrono::steady_clock;
  void clearBar();

  bool quiet_;
  bool is_terminal_;
  std::stop_token stop_;
  std::string stage_;
  Clock::time_point stage_start_{};
  std::int64_t stage_first_ = 0;
  Clock::time_point last_shown_{};
  bool bar_shown_ = false;
};

/// Writes to standard error. What cannot be written, on a full disk or when nobody reads any more, is let go:
/// news end no work.
void printError(const std::string& text) noexcept;

/// Writes to standard output at once; false: it cannot.
bool writeOut(const std::string& text) noexcept;

/// The same. Throws SaveError when that fails (a full disk); where nobody
/// reads any more, the program ends as others do, by SIGPIPE.
void printOut(const std::string& text);

}  // namespace panohead::app
