#include "core/training/training_run.h"

#include "core/base/error.h"
#include "core/dataset/data_loader.h"
#include "core/training/communicator.h"
#include "core/training/library_errors.h"
#include "core/training/run_loop.h"
#include "core/training/run_sheets.h"
#include "core/training/start_from.h"
#include "core/training/trainer.h"
#include "core/training/training_device.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/warmup_training.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

namespace panohead {

namespace {

/// Generator against discriminator.
class AdversarialLearner final : public Learner {
 public:
  explicit AdversarialLearner(const RunParts& parts)
      : parts_(parts),
        labels_(labelTable(*parts.dataset)),
        trainer_(parts.options,
                 parts.dataset->resolution(),
                 labels_,
                 parts.ranks,
                 trainingDevice(parts.options.device, parts.ranks.localRank())),
        sheets_(*parts.dataset, parts.options, labels_) {
    if (std::optional<KnownPeople> people = knownPeople(parts.options, *parts.dataset)) {
      parts.news.notice(people->description());
      codes_ = people->codes();
      trainer_.keepDrawing(std::move(*people));
    }
    const std::filesystem::path& network = parts.options.resume;
    if (parts.ranks.rank() == 0 && !parts.continued && !network.empty()) {
      parts.news.notice(fmt::format(
          "starting from '{}': {}", network.string(), startFrom(trainer_, network, parts.context)));
    }
  }

  void step(const Poll& poll) override { trainer_.step(loader_->next(), poll); }
  std::int64_t images() const override { return trainer_.images(); }
  std::int64_t lastImages() const override {
    return static_cast<std::int64_t>(std::llround(parts_.options.kimg * 1e3));
  }

  TrainingState state() const override { return trainer_.state(); }
  void load(const TrainingState& state) override { trainer_.load(state); }
  void begin() override {
    trainer_.shareFromFirstRank();
    const TrainingOptions& options = parts_.options;
    const std::int64_t local = options.batch / parts_.ranks.size();
    loader_.emplace(parts_.dataset,
                    DataLoaderOptions{.seed = static_cast<std::uint64_t>(options.seed),
                                      .position = static_cast<std::uint64_t>(trainer_.images()),
                                      .batch = options.batch,
                                      .first = parts_.ranks.rank() * local,
                                      .count = local,
                                      .workers = options.workers});
  }
  bool drawsBeforeFirstStep() const override { return trainer_.iteration() == 0; }

  std::string description() const override {
    return fmt::format("{} items of {} pictures, batches of {} on {}",
                       parts_.dataset->items().size(),
                       parts_.dataset->entries().size(),
                       parts_.options.batch,
                       trainer_.device().str());
  }
  std::string done() const override {
    return fmt::format("{:.3f} kimg", static_cast<double>(trainer_.images()) / 1e3);
  }
  Progress progress() const override { return {"training", images(), lastImages(), {}}; }
  const StatsCollector& stats() const override { return std::as_const(trainer_).stats(); }
  StatsCollector& tickStats() override {
    const double waited = loader_->secondsWaited();
    trainer_.stats().add("Timing/data_wait_sec", waited - std::exchange(waited_for_data_, waited));
    return trainer_.stats();
  }
  std::vector<std::string> skipped() const override { return loader_->skipped(); }
  at::Device device() const override { return trainer_.device(); }

  void writeSheets(const SheetPaths& paths, const Told& told, const Poll& poll) override {
    sheets_.write(paths, trainer_, told, poll);
  }
  std::filesystem::path writeNetworks(RunFolder& folder) override {
    const HostNetworks networks(trainer_);
    const std::filesystem::path path = folder.writeNetworks(trainer_.images(), networks.states());
    if (codes_) {
      writePeopleCodes(codesBeside(path), *codes_);
    }
    return path;
  }
  const Generator* measured() const override { return &trainer_.average(); }

 private:
  RunParts parts_;
  at::Tensor labels_;
  Trainer trainer_;
  RunSheets sheets_;
  std::optional<PeopleCodes> codes_;  // of people who are drawn beside the adversary
  std::optional<DataLoader> loader_;
  double waited_for_data_ = 0;  // seconds, until the last tick
};

}  // namespace

void runTraining(const TrainingOptions& options,
                 TrainingControl& control,
                 TrainingListener& listener,
                 JobContext& context) {
  try {
    if (options.warmup) {
      runWarmup(options, control, listener, context);
    } else {
      runLoop(options,
              control,
              listener,
              context,
              {kLowerMemory, "lower --glr and --dlr or raise --gamma"},
              [](const RunParts& parts) { return std::make_unique<AdversarialLearner>(parts); });
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const Error&) {
    failLauncherAtExit();
    throw;
  }
}

}  // namespace panohead
