#pragma once

#include "core/runs/run_files.h"
#include "core/runs/run_holder.h"
#include "core/runs/run_stats.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace panohead {

enum class RunPhase {
  kUnreadable,  // the folder is not there, or may not be read
  kEmpty,       // no run in it
  kStarting,
  kRunning,
  kPaused,
  kWaiting,  // for room on the disk
  kStopping,
  kFinished,  // has its length
  kStopped,   // with a checkpoint, before that
  kFailed,    // said why
  kDied,      // did not
  kSilent,    // on another machine: nothing was heard of it lately, and nobody can look from here
};

/// Whether a process works on it.
bool isActive(RunPhase phase) noexcept;
/// Whether the same folder can go on from its checkpoint.
bool canResume(RunPhase phase) noexcept;

/// Where a run stands: what a look into its folder tells.
struct RunStatus {
  RunPhase phase = RunPhase::kEmpty;
  std::string message;  // a sentence, may be empty
  std::string hint;     // what to do, may be empty
  RunHolder holder;
  pid_t launched = 0;  // process that was started here and has no lock yet or any more; 0: none
  double kimg = 0;
  double goal_kimg = 0;  // 0: unknown
  std::string stage;     // "training", "reading the data set": between the lines of statistics
  std::int64_t step = 0, total = 0;
  RunFiles files;
  std::shared_ptr<const RunStats> stats;  // never null after a poll
  std::vector<std::string> log;           // its last lines
};

/// Follows a run by its folder alone, so that it does not matter who started it, where, or whether it still
/// runs. Reads what is new at every poll: on a worker, folders may be far away. One thread at a time.
class RunWatch {
 public:
  explicit RunWatch(std::filesystem::path folder);

  RunStatus poll();

 private:
  struct LastWords {  // of log.txt
    std::string state, message;
    bool asked_to_stop = false;
  };
  struct Launch {  // panel.jsonl
    std::string error, hint;
    std::string stage, state;
    std::int64_t step = 0, total = 0;
  };

  void readLog();
  void readNews();
  void readGoal();
  void decide(RunStatus& status);
  void listen(RunHolder& holder);
  void decideActive(RunStatus& status) const;
  void decideEnded(RunStatus& status) const;

  std::filesystem::path folder_;
  StatsReader stats_;
  LineFollower log_lines_, news_lines_;
  std::deque<std::string> log_;
  LastWords words_;
  Launch launch_;
  double goal_kimg_ = 0;
  std::filesystem::file_time_type options_time_{};
  std::time_t lock_seen_ = 0;                                   // RunHolder::seen of the last look
  std::optional<std::chrono::steady_clock::time_point> heard_;  // when it was seen to move
};

}  // namespace panohead
