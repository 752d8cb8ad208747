#pragma once

#include "core/dataset/dataset.h"
#include "core/generator/generator.h"
#include "core/training/communicator.h"
#include "core/training/run_folder.h"
#include "core/training/stats.h"
#include "core/training/training_run.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// What one kind of training does differently from others: RunLoop asks, on every rank unless it says else.
class Learner {
 public:
  using Poll = std::function<void()>;  // called between pieces of work; may throw to give up
  using Told = std::function<void(const std::filesystem::path&)>;  // a file was written

  virtual ~Learner() = default;

  /// One batch over all ranks. When `poll` or a RankError ends it, isWhole() tells whether the state
  /// can be gone on from.
  virtual void step(const Poll& poll) = 0;
  virtual bool isWhole() const { return true; }
  /// Pictures that were seen, and those at which the run has its length.
  virtual std::int64_t images() const = 0;
  virtual std::int64_t lastImages() const = 0;

  /// Handles to everything that a checkpoint must hold; the text is a JSON object.
  virtual TrainingState state() const = 0;
  /// Throws CheckpointError naming what does not fit.
  virtual void load(const TrainingState& state) = 0;
  /// Rank 0's state on every rank; then gets ready for the batch that follows. Collective.
  virtual void begin() = 0;
  /// Whether the networks that the run begins with are drawn and written before its first step.
  virtual bool drawsBeforeFirstStep() const { return false; }

  /// "people, batches of 4": what is trained, for the log.
  virtual std::string description() const = 0;
  /// How far it is: "12.000 kimg".
  virtual std::string done() const = 0;
  virtual Progress progress() const = 0;
  /// What was collected since the last take().
  virtual const StatsCollector& stats() const = 0;
  /// The same, with what is known once a tick only.
  virtual StatsCollector& tickStats() = 0;
  /// Pictures that this rank could not read so far, in the order in which it met them.
  virtual std::vector<std::string> skipped() const = 0;
  virtual at::Device device() const = 0;

  /// The writer alone: the sheets of this moment, and those of real pictures when they are not there yet; the
  /// network file of this moment and what lies beside it.
  virtual void writeSheets(const SheetPaths& paths, const Told& told, const Poll& poll) = 0;
  virtual std::filesystem::path writeNetworks(RunFolder& folder) = 0;
  /// The network that --metrics measure; null: this kind of training does not measure.
  virtual const Generator* measured() const { return nullptr; }
};

/// What a learner is made from. All references outlive it.
struct RunParts {
  const TrainingOptions& options;  // of the run: `resume` is what it was begun from
  std::shared_ptr<const Dataset> dataset;
  Communicator& ranks;
  bool continued = false;  // a checkpoint will be loaded
  TrainingListener& news;  // silent where this rank does not write
  JobContext& context;
  std::function<bool()> stopped;  // some rank was asked to stop. Collective
};

/// What a user may lower.
struct RunAdvice {
  std::string out_of_memory;
  std::string diverged;  // "lower --glr"
};

/// Trains in a run folder, whatever is trained: its lock, files, log and checkpoints, its ranks, wishes from
/// outside, full disks, losses that are no numbers. Throws as runTraining.
/// @param make called once, when the data is read and the ranks know each other
void runLoop(const TrainingOptions& options,
             TrainingControl& control,
             TrainingListener& listener,
             JobContext& context,
             const RunAdvice& advice,
             const std::function<std::unique_ptr<Learner>(const RunParts&)>& make);

}  // namespace panohead
