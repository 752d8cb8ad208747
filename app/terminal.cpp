#include "app/terminal.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace panohead::app {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{10};

std::string timeLeft(double seconds) {
  const auto whole = std::lround(seconds);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// "rendering 12/40, 0:31 left"
/// @param first step that the seconds are counted from: another stage, or another run, did those before it
std::string describe(const Progress& progress, double seconds, std::int64_t first) {
  std::string text = progress.stage;
  if (progress.total > 0) {
    text += fmt::format(" {}/{}", progress.step, progress.total);
    if (progress.step > first && progress.step < progress.total) {
      const auto done = static_cast<double>(progress.step - first);
      const auto left = static_cast<double>(progress.total - progress.step);
      text += fmt::format(", {} left", timeLeft(seconds * left / done));
    }
  }
  return text;
}

std::string bar(const Progress& progress) {
  const auto filled =
      static_cast<int>(kBarWidth * std::clamp<std::int64_t>(progress.step, 0, progress.total) /
                       std::max<std::int64_t>(progress.total, 1));
  return fmt::format("[{:#>{}}{:.>{}}] ", "", filled, "", kBarWidth - filled);
}

}  // namespace

Terminal::Terminal(bool quiet, std::stop_token stop)
    : quiet_(quiet), is_terminal_(isatty(STDERR_FILENO) == 1), stop_(std::move(stop)) {
  std::signal(SIGPIPE, SIG_IGN);  // `2>&1 | head` would end a film or a run
}

Terminal::~Terminal() { clearBar(); }

void Terminal::report(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  const bool new_stage = progress.stage != stage_;
  if (new_stage) {
    stage_ = progress.stage;
    stage_start_ = now;
    stage_first_ = progress.step;
  }
  const bool last = progress.total > 0 && progress.step == progress.total;
  if (quiet_) {
    return;
  }
  const std::string text =
      describe(progress, std::chrono::duration<double>(now - stage_start_).count(), stage_first_);
  if (is_terminal_ && (new_stage || last || now - last_shown_ >= kBarInterval)) {
    printError(fmt::format("\r\033[K{}{}", progress.total > 0 ? bar(progress) : "", text));
    bar_shown_ = true;
    last_shown_ = now;
  } else if (!is_terminal_ && now - std::max(last_shown_, stage_start_) >= kLineInterval) {
    printError(text + "\n");
    last_shown_ = now;
  }
}

void Terminal::checkpoint() {
  if (stop_.stop_requested()) {
    throw Cancelled();
  }
}

void Terminal::notice(const std::string& line) {
  if (!quiet_) {
    clearBar();
    printError(line + "\n");
  }
}

void Terminal::clearBar() {
  if (std::exchange(bar_shown_, false)) {
    printError("\r\033[K");
  }
}

void printError(const std::string& text) noexcept {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

bool writeOut(const std::string& text) noexcept {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void printOut(const std::string& text) {
  if (!writeOut(text)) {
    if (errno == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    throw SaveError(fmt::format("cannot write to standard output: {}", std::strerror(errno)),
                    "free some space on that disk, or write elsewhere");
  }
}

}  // namespace panohead::app
