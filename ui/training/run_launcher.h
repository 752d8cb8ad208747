#pragma once

#include "core/runs/run_watch.h"

#include <QStringList>

#include <filesystem>

namespace panohead::ui {

struct RunLaunch {
  QString program;        // panohead-studio
  QStringList arguments;  // of `train`, without --out and --json
  std::filesystem::path folder;
  int ranks = 1;
};

/// Starts a run that outlives this program. Its JSON lines, its other words, its number and its exit code
/// become files of the run folder (core/runs/run_files.h), so that it is watched like any other run.
/// @returns what went wrong, as a sentence; empty when it was started
QString launchRun(const RunLaunch& launch);

enum class RunWish { kPauseOrResume, kSnapshot, kStop };

/// Whether the run can hear wishes from here: it runs on this machine.
bool canAsk(const RunStatus& status, RunWish wish);
/// Tells the run's process. @returns whether it was there.
bool askRun(const RunStatus& status, RunWish wish);

/// Whether a process of this machine works on the folder; quick.
bool isRunningHere(const std::filesystem::path& folder);
/// Asks whoever works on the folder from this machine to end with a checkpoint.
void stopRun(const std::filesystem::path& folder);

}  // namespace panohead::ui
