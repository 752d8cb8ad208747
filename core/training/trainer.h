#pragma once

#include "core/dataset/data_loader.h"
#include "core/training/adam.h"
#include "core/training/communicator.h"
#include "core/training/known_people.h"
#include "core/training/losses.h"
#include "core/training/phase_clock.h"
#include "core/training/stats.h"
#include "core/training/training_state.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace panohead {

/// Camera labels of a data set's items, mirrored ones flipped. [items, 25]
at::Tensor labelTable(const Dataset& dataset);

/// The networks of a run on the device, and the steps that train them: one readable iteration. Knows no
/// files, no clock, no window.
///
/// Everything random is a function of (seed, iteration, phase, item of the batch), so a run does not depend
/// on how its batches are divided over ranks and rounds, and a state restored in the middle of an
/// iteration goes on with the same numbers.
class Trainer {
 public:
  /// Random networks. @param labels [items, 25] camera labels of the data set's items, that generated heads
  /// are seen from  @param communicator must outlive the trainer
  Trainer(const TrainingOptions& options,
          int resolution,
          const at::Tensor& labels,
          Communicator& communicator,
          at::Device device = at::kCPU);

  const TrainingOptions& options() const noexcept { return options_; }
  /// Pictures that the discriminator has seen, with those that counted as seen at the start (resume_kimg).
  std::int64_t images() const noexcept { return firstImages(options_) + iteration_ * options_.batch; }
  std::int64_t iteration() const noexcept { return iteration_; }
  at::Device device() const noexcept { return device_; }
  const Generator& generator() const noexcept { return *g_; }
  const Generator& average() const noexcept { return *g_ema_; }
  const Discriminator& discriminator() const noexcept { return *d_; }
  Generator& generator() noexcept { return *g_; }
  Generator& average() noexcept { return *g_ema_; }
  Discriminator& discriminator() noexcept { return *d_; }

  /// From now on the generator keeps drawing these people, with the weight that the options say. Only
  /// batches that tell their items can be taken then.
  void keepDrawing(KnownPeople people);

  /// One iteration: generator, (density), discriminator, (R1), moving average. `real` holds this rank's share
  /// of the batch. `checkpoint` is called between rounds and may throw: the state then is that of the last
  /// completed phase, and the next step() goes on with the following one.
  /// Throws RankError from the exchange of gradients, with the same guarantee.
  void step(const DataBatch& real, const std::function<void()>& checkpoint = {});

  /// From now on the plain specification path in float32, whatever the options say: the yardstick of speed.
  void useSpecificationPath();

  /// From now on random numbers are the processor's whatever the device, so that a GPU trains with the same
  /// ones as the CPU: to compare the two. Slower.
  void drawOnProcessor() noexcept { draws_on_processor_ = true; }

  /// Losses and scores since the last take(), phase times ("Timing/Gmain" in seconds a batch). On a GPU waits
  /// for the phases that are not over yet.
  StatsCollector& stats() {
    clock_.finish(stats_);
    return stats_;
  }

  /// The same as far as it is collected; waits for nothing.
  const StatsCollector& stats() const noexcept { return stats_; }

  /// Handles to everything that a resumed run needs; the text holds counters.
  TrainingState state() const;
  /// Throws CheckpointError naming what is missing or of another shape.
  void load(const TrainingState& state);

  /// Rank 0's networks, optimisers and counters on every rank. Collective.
  void shareFromFirstRank();

  /// Bytes of gradients exchanged in one iteration.
  std::int64_t exchangedBytes() const;

 private:
  enum class Phase : int { GeneratorMain, GeneratorDensity, DiscriminatorMain, DiscriminatorR1, End };

  void choosePrecision();
  bool isDue(Phase phase) const;
  void run(Phase phase,
           const RealBatch& real,
           std::span<const DatasetItem> items,
           const std::function<void()>& checkpoint);
  void accumulate(const LossTerm& term, double gain);
  RealBatch toDevice(const DataBatch& batch) const;
  at::Tensor drawLabels(const BatchRandom& random) const;
  NamedTensors allTensors() const;

  TrainingOptions options_;
  Communicator& communicator_;
  at::Device device_;
  at::Tensor labels_;  // [items, 25] on the device
  std::unique_ptr<Generator> g_, g_ema_;
  std::unique_ptr<Discriminator> d_;
  std::unique_ptr<Adam> g_adam_, d_adam_;
  std::unique_ptr<AdversarialLoss> loss_;
  std::optional<KnownPeople> people_;
  StatsCollector stats_;
  PhaseClock clock_;
  std::int64_t iteration_ = 0;
  int next_phase_ = 0;
  bool draws_on_processor_ = false;
};

}  // namespace panohead
