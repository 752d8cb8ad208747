#pragma once

#include "core/jobs/job.h"
#include "core/training/training_options.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace panohead {

/// Wishes from outside (signals, standard input, a panel), read by the run between two batches.
/// Safe to set from any thread and from signal handlers.
struct TrainingControl {
  std::atomic<bool> pause{false};  // true: waits, checkpointed, until false again
  std::atomic<bool> snapshot{
      false};                     // set to ask for a checkpoint, network file and sheets; the run clears it
  std::atomic<bool> stop{false};  // checkpoint, then end
  int threads = 0;                // of this process that were asked for; 0: all, or a rank's share of them
};

/// News of a run. Calls come from the training thread.
class TrainingListener {
 public:
  virtual ~TrainingListener() = default;
  /// Once a tick (and after one batch at the start): averages since the last one, by their names in
  /// stats.jsonl.
  virtual void stats(std::int64_t images, const std::map<std::string, double>& values) = 0;
  /// A file of the run folder was written: "sheet", "network" or "checkpoint".
  virtual void file(const std::string& kind, const std::filesystem::path& path, std::int64_t images) = 0;
  /// "starting", "running", "paused", "waiting" (disk full), "stopping", "finished", "failed"
  virtual void state(const std::string& state, const std::string& message) = 0;
  /// Something that the user should know but that does not stop the run (a skipped picture).
  virtual void notice(const std::string& message) = 0;
};

/// Trains in a run folder until options.kimg or a stop; resumes from the folder's last checkpoint when there
/// is one. Started under mpirun, every rank calls this; rank 0 alone writes and reports.
/// Throws OptionError, DatasetError, CheckpointError, SaveError, DeviceError, TrainingError; Cancelled after
/// a stop through the context.
void runTraining(const TrainingOptions& options,
                 TrainingControl& control,
                 TrainingListener& listener,
                 JobContext& context);

/// What a run would do, without doing more than a few steps of it.
struct TrainingPlan {
  std::string
      text;  // many lines for a terminal: plan, parameter table, memory, time for one and several ranks
  std::string json;  // the same as one JSON object
};

/// What else a plan is asked for.
struct PlanOptions {
  std::vector<int> ranks{1, 2, 4, 8};  // to forecast the time for; the text says which cannot share the run
  double link_gigabits = 10;           // per second, between ranks
};

/// Opens the data set, builds the networks and measures a few steps. Writes nothing.
/// Throws OptionError, DatasetError, CheckpointError, DeviceError; Cancelled.
TrainingPlan planTraining(const TrainingOptions& options, const PlanOptions& plan, JobContext& context);

}  // namespace panohead
