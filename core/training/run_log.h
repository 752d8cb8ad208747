#pragma once

#include "core/base/append_file.h"
#include "core/base/error.h"
#include "core/training/training_run.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace panohead {

struct ScalarMoments;  // of stats.h, which needs LibTorch; the command line does without

/// For ranks that do not report.
class SilentListener final : public TrainingListener {
 public:
  void stats(std::int64_t, const std::map<std::string, double>&) override {}
  void file(const std::string&, const std::filesystem::path&, std::int64_t) override {}
  void state(const std::string&, const std::string&) override {}
  void notice(const std::string&) override {}
};

/// Passes a run's news on and appends them to log.txt as lines with the time, so that the file shows what
/// the terminal showed. A full disk loses lines of the log, never the run.
class LoggedListener final : public TrainingListener {
 public:
  /// Throws SaveError when the file cannot be opened.
  LoggedListener(TrainingListener& listener, const std::filesystem::path& path);

  void stats(std::int64_t images, const std::map<std::string, double>& values) override;
  void file(const std::string& kind, const std::filesystem::path& path, std::int64_t images) override;
  void state(const std::string& state, const std::string& message) override;
  void notice(const std::string& message) override;

 private:
  void line(const std::string& text);

  TrainingListener& listener_;
  AppendFile file_;
};

/// The statistic that holds a phase's part of the seconds per kimg.
std::string phaseRateName(const std::string& phase);

/// Adds what the phases ("Timing/Gmain", ... over all ranks) take of the seconds of a kimg.
void addPhaseRates(std::map<std::string, ScalarMoments>& snapshot, double images, int ranks);

/// The line that a terminal and the log show for one tick:
/// "tick 3  kimg 12.0  time 0:41:07  sec/tick 180.2  sec/kimg 45.05 (Gmain 30.1, Dmain 12.0, Dreg 2.9)
/// cpumem 5.1 GB". Names that are not there are left out.
std::string tickLine(std::int64_t images, const std::map<std::string, double>& values);

/// Writes something; when there is no room, waits and tries again every `interval`, until it succeeds.
/// @param waiting called about four times a second while waiting, with the error; may throw to give up
/// Throws what `write` throws, except DiskFullError, and what `waiting` throws.
void writeWhenThereIsRoom(const std::function<void()>& write,
                          const std::function<void(const DiskFullError&)>& waiting,
                          std::chrono::milliseconds interval = std::chrono::seconds(5));

/// The same for a run: its listener hears "waiting" once, with the error, and "running" when it goes on.
/// @param poll called while waiting, with the error in flight; may throw to give up
void writeTellingWaits(TrainingListener& listener,
                       const std::function<void()>& write,
                       const std::function<void()>& poll,
                       std::chrono::milliseconds interval = std::chrono::seconds(5));

}  // namespace panohead
