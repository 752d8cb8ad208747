#include "core/training/training_run.h"

#include "core/base/error.h"
#include "core/dataset/data_loader.h"
#include "core/tensor/prelude.h"
#include "core/training/event_file.h"
#include "core/training/gather_texts.h"
#include "core/training/library_errors.h"
#include "core/training/run_folder.h"
#include "core/training/run_log.h"
#include "core/training/run_metrics.h"
#include "core/training/run_sheets.h"
#include "core/training/skipped_pictures.h"
#include "core/training/start_from.h"
#include "core/training/stats_file.h"
#include "core/training/trainer.h"
#include "core/training/training_device.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/warmup_training.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

namespace panohead {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What only the writing rank has: the folder and its open files.
struct Writer {
  Writer(const TrainingOptions& options, TrainingListener& listener, bool take_over = false)
      : folder(options, take_over), log(listener, folder.logPath()) {}

  RunFolder folder;
  LoggedListener log;
  std::optional<StatsFile> stats;
  std::optional<EventFile> events;
};

/// One rank's part of a run.
class Run {
 public:
  Run(const TrainingOptions& options,
      TrainingControl& control,
      TrainingListener& listener,
      JobContext& context)
      : options_(options), control_(control), listener_(listener), context_(context) {}

  void go() {
    try {
      withLibraryErrors(
          [&] {
            open();
            train();
          },
          kLowerMemory);
    } catch (const RankError& error) {
      abandonRun(error);
      throw;
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      if (writer_) {
        writer_->log.state("failed", error.what());
      }
      throw;
    }
  }

 private:
  // Ways through a run, in the order in which they are taken.
  void open();
  void resumeOrStart();
  void train();
  void tick();
  void snapshot();
  void measure(const Generator& average, const std::filesystem::path& network);
  void writeCheckpoint();
  TrainingState stateToSave();
  TrainingError damagedError() const;
  void waitWhilePaused();
  void abandonRun(const RankError& error);

  void requireSound(const StatsSnapshot& stats) const;
  std::string damageReport() const;
  /// Runs on the writer alone; the others hear that it is busy.
  template <typename Work>
  void write(Work&& work) {
    if (writer_) {
      writeTellingWaits(writer_->log, work, [&] {
        ranks_->stillHere();
        context_.checkpoint();
        if (control_.stop) {
          throw;
        }
      });
    }
  }
  bool anyRank(bool wish) { return ranks_->maximum(wish ? 1 : 0) > 0; }
  double totalSeconds() const { return earlier_seconds_ + secondsSince(start_); }
  std::int64_t tickOf(std::int64_t images) const {
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(images) / (options_.tick_kimg * 1e3) + 1e-9));
  }
  TrainingListener& news() { return writer_ ? static_cast<TrainingListener&>(writer_->log) : silent_; }

  TrainingOptions options_;
  TrainingControl& control_;
  TrainingListener& listener_;
  JobContext& context_;
  SilentListener silent_;
  std::unique_ptr<Communicator> ranks_;
  std::shared_ptr<const Dataset> dataset_;
  std::optional<Writer> writer_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<DataLoader> loader_;
  std::optional<RunSheets> sheets_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_tick_ = start_;
  Clock::time_point last_checkpoint_ = start_;
  double earlier_seconds_ = 0;  // of the run before it was resumed
  double maintenance_ = 0;      // seconds of snapshots and checkpoints since the last tick
  std::int64_t images_at_tick_ = 0;
  bool begun_ = false;              // all ranks hold the state that the run starts with
  std::int64_t checkpointed_ = -1;  // images of the newest checkpoint
  std::int64_t snapshotted_ = -1;   // images of the newest network and its sheets; known to the writer
  double waited_for_data_ = 0;      // seconds, until the last tick
  SkippedPictures skipped_;
};

void Run::open() {
  ranks_ = makeCommunicator();
  const int threads = shareThreads(control_.threads, ranks_->localSize());
  options_.check(ranks_->size());
  if (ranks_->rank() == 0) {
    listener_.state("starting", "reading the data set");
  }
  dataset_ = std::make_shared<const Dataset>(options_.dataset(), context_);
  if (ranks_->rank() == 0) {
    writer_.emplace(options_, listener_);
    for (const std::string& notice : writer_->folder.notices()) {
      writer_->log.notice(notice);
    }
    if (ranks_->size() > 1) {
      writer_->log.notice(fmt::format(
          "{}, {} compute thread{} each", ranks_->description(), threads, threads == 1 ? "" : "s"));
      if (!ranks_->advice().empty()) {
        writer_->log.notice(ranks_->advice());
      }
    }
  }
  // What the run began from decides its schedules, also when the command that goes on leaves it out.
  options_.resume = textOfFirstRank(writer_ ? writer_->folder.options().resume.string() : "", *ranks_);
  const at::Device device = trainingDevice(options_.device, ranks_->localRank());
  const at::Tensor label_table = labelTable(*dataset_);
  trainer_ = std::make_unique<Trainer>(options_, dataset_->resolution(), label_table, *ranks_, device);
  resumeOrStart();

  const std::int64_t local = options_.batch / ranks_->size();
  loader_ = std::make_unique<DataLoader>(
      dataset_,
      DataLoaderOptions{.seed = static_cast<std::uint64_t>(options_.seed),
                        .position = static_cast<std::uint64_t>(trainer_->images()),
                        .batch = options_.batch,
                        .first = ranks_->rank() * local,
                        .count = local,
                        .workers = options_.workers});
  images_at_tick_ = trainer_->images();
  if (writer_) {
    writer_->stats.emplace(writer_->folder.statsPath(), trainer_->images());
    writer_->events.emplace(writer_->folder.path(), trainer_->images());
    sheets_.emplace(*dataset_, options_, label_table);
  }
}

void Run::resumeOrStart() {
  if (writer_) {
    if (const std::optional<ResumePoint> point = writer_->folder.resume()) {
      trainer_->load(point->state);
      earlier_seconds_ = nlohmann::json::parse(point->state.text).value("seconds", 0.0);
      checkpointed_ = point->images;
      snapshotted_ = writer_->folder.hasNetworkOf(point->images) ? point->images : -1;
      writer_->log.notice(fmt::format("going on from '{}' after {:.3f} kimg",
                                      point->path.filename().string(),
                                      static_cast<double>(point->images) / 1e3));
    } else if (!options_.resume.empty()) {
      writer_->log.notice(fmt::format("starting from '{}': {}",
                                      options_.resume.string(),
                                      startFrom(*trainer_, options_.resume, context_)));
    }
  }
  trainer_->shareFromFirstRank();
  // Every rank may have to save in the first one's place; all must agree on whether there is a checkpoint.
  earlier_seconds_ = ranks_->maximum(earlier_seconds_);
  checkpointed_ = static_cast<std::int64_t>(ranks_->maximum(static_cast<double>(checkpointed_)));
  begun_ = true;
}

void Run::train() {
  news().state("running",
               fmt::format("{} items of {} pictures, batches of {} on {}",
                           dataset_->items().size(),
                           dataset_->entries().size(),
                           options_.batch,
                           trainer_->device().str()));
  if (trainer_->iteration() == 0) {
    snapshot();
  }
  const auto last = static_cast<std::int64_t>(std::llround(options_.kimg * 1e3));
  start_ = last_tick_ = last_checkpoint_ = Clock::now();
  bool first = true;
  while (trainer_->images() < last) {
    waitWhilePaused();
    if (anyRank(control_.stop)) {
      break;
    }
    trainer_->step(loader_->next(), [&] { context_.checkpoint(); });
    if (writer_) {
      context_.report({"training", trainer_->images(), last, {}});
    }
    const std::int64_t ticks = tickOf(trainer_->images());
    const bool ticked = ticks > tickOf(trainer_->images() - options_.batch) || trainer_->images() >= last;
    if (std::exchange(first, false) || ticked) {
      tick();
    }
    const auto trained = Clock::now();
    const bool asked = anyRank(writer_ && control_.snapshot.exchange(false));
    if (asked || (ticked && options_.snapshot_ticks > 0 && ticks % options_.snapshot_ticks == 0)) {
      snapshot();
      writeCheckpoint();
    } else if (anyRank(writer_ && options_.checkpoint_minutes > 0 &&
                       secondsSince(last_checkpoint_) > options_.checkpoint_minutes * 60)) {
      writeCheckpoint();
    }
    maintenance_ += secondsSince(trained);
    last_tick_ += Clock::now() - trained;  // is no time of training
  }
  const bool finished = trainer_->images() >= last;
  news().state("stopping", finished ? "the run has its length" : "asked to stop");
  // A checkpoint alone, of the clock or of a stop, is no network to draw with.
  if (finished && anyRank(writer_ && snapshotted_ != trainer_->images())) {
    snapshot();
  }
  writeCheckpoint();
  news().state(
      "finished",
      fmt::format(
          "{:.3f} kimg in '{}'", static_cast<double>(trainer_->images()) / 1e3, options_.out.string()));
}

void Run::waitWhilePaused() {
  if (!anyRank(control_.pause)) {
    return;
  }
  const auto paused = Clock::now();
  writeCheckpoint();
  news().state("paused", "waits until it is resumed; the checkpoint is written");
  while (anyRank(control_.pause) && !anyRank(control_.stop)) {
    context_.checkpoint();
    ranks_->stillHere();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  last_tick_ += Clock::now() - paused;  // what was trained before it counts
  news().state("running", "resumed");
}

void Run::tick() {
  const double images = static_cast<double>(trainer_->images() - images_at_tick_);
  const double seconds = secondsSince(last_tick_);
  StatsCollector& stats = trainer_->stats();
  stats.add("Progress/tick", static_cast<double>(tickOf(trainer_->images())));
  stats.add("Progress/kimg", static_cast<double>(trainer_->images()) / 1e3);
  stats.add("Timing/total_sec", totalSeconds());
  stats.add("Timing/sec_per_tick", seconds);
  stats.add("Timing/sec_per_kimg", images > 0 ? seconds / images * 1e3 : 0.0);
  stats.add("Timing/maintenance_sec", std::exchange(maintenance_, 0.0));
  const double waited = loader_->secondsWaited();
  stats.add("Timing/data_wait_sec", waited - std::exchange(waited_for_data_, waited));
  stats.add("Resources/cpu_mem_gb", residentGigabytes());
  stats.add("Resources/peak_gpu_mem_gb", peakDeviceGigabytes(trainer_->device()));
  for (const std::string& name : skipped_.gather(loader_->skipped(), *ranks_)) {
    news().notice("skipped a picture that cannot be read: " + name);
  }
  stats.add("Progress/skipped", static_cast<double>(skipped_.count()));
  StatsSnapshot snapshot = stats.take(*ranks_);
  addPhaseRates(snapshot, images, ranks_->size());
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  write([&] { writer_->stats->write(snapshot, now); });
  write([&] { writer_->events->write(snapshot, trainer_->images(), now); });
  news().stats(trainer_->images(), meansOf(snapshot));
  images_at_tick_ = trainer_->images();
  last_tick_ = Clock::now();
  requireSound(snapshot);
}

// A run whose loss is no longer a number has nothing left to save: the newest checkpoint is from before.
void Run::requireSound(const StatsSnapshot& stats) const {
  for (const auto& [name, moments] : stats) {
    if (name.starts_with("Loss/") && !std::isfinite(moments.mean())) {
      throw TrainingError(
          fmt::format("{} is not a number any more after {:.3f} kimg",
                      name,
                      static_cast<double>(trainer_->images()) / 1e3),
          fmt::format("the run stops at its last good checkpoint ({}); lower --glr and --dlr or raise "
                      "--gamma, then give the "
                      "same command again",
                      checkpointed_ >= 0
                          ? fmt::format("{:.3f} kimg", static_cast<double>(checkpointed_) / 1e3)
                          : "none yet"),
          damageReport());
    }
  }
}

std::string Run::damageReport() const {
  std::string report = "parameters with NaN or infinity:";
  for (const std::string& name : trainer_->damagedParameters()) {
    report += " " + name;
  }
  return report;
}

void Run::snapshot() {
  trainer_->checkRanksAgree();
  if (!writer_) {
    return;
  }
  const auto told = [&](const char* kind, const std::filesystem::path& path) {
    ranks_->stillHere();
    writer_->log.file(kind, path, trainer_->images());
  };
  const SheetPaths sheets = writer_->folder.sheetPaths(trainer_->images());
  write([&] {
    for (const auto& path : sheets_->write(writer_->folder.realsPath(), sheets, *trainer_, context_)) {
      told("sheet", path);
    }
  });
  std::filesystem::path network;
  write([&] {
    const HostNetworks networks(*trainer_);
    network = writer_->folder.writeNetworks(trainer_->images(), networks.states());
    told("network", network);
  });
  if (options_.metrics != "none") {
    measure(trainer_->average(), network);
  }
  snapshotted_ = trainer_->images();
}

void Run::measure(const Generator& average, const std::filesystem::path& network) {
  const std::int64_t resolution = TrainingSchedule::at(options_, trainer_->images()).neural_resolution;
  MetricsReport report;
  try {
    report = measureNetwork(options_, average, resolution, [&] {
      ranks_->stillHere();
      context_.checkpoint();
      if (control_.stop) {
        throw Cancelled();
      }
    });
  } catch (const Cancelled&) {
    if (!control_.stop) {
      throw;
    }
    writer_->log.notice("asked to stop: this network is not measured");
    return;
  }
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  write([&] {
    writeMetricFiles(writer_->folder.path(), report, {trainer_->images(), network}, ranks_->size(), now);
  });
  write([&] { writer_->events->write(statsOf(report), trainer_->images(), now); });
}

void Run::writeCheckpoint() {
  last_checkpoint_ = Clock::now();
  if (checkpointed_ == trainer_->images()) {
    return;
  }
  const bool damaged = writer_ && !trainer_->damagedParameters().empty();
  if (anyRank(damaged)) {
    throw damagedError();
  }
  write([&] {
    const std::filesystem::path path = writer_->folder.writeCheckpoint(trainer_->images(), stateToSave());
    writer_->log.file("checkpoint", path, trainer_->images());
  });
  checkpointed_ = trainer_->images();
}

TrainingState Run::stateToSave() {
  TrainingState state = trainer_->state();
  nlohmann::json text = nlohmann::json::parse(state.text);
  text["seconds"] = totalSeconds();
  state.text = text.dump();
  return state;
}

TrainingError Run::damagedError() const {
  return TrainingError(fmt::format("weights are not numbers any more after {:.3f} kimg",
                                   static_cast<double>(trainer_->images()) / 1e3),
                       "the newest checkpoint in the folder is from before; lower --glr and --dlr or raise "
                       "--gamma, then give the same command again");
}

void Run::abandonRun(const RankError& error) {
  if (ranks_ == nullptr) {
    return;
  }
  const bool writes = ranks_->writer() == ranks_->rank();
  if (writes && !begun_) {
    // Until the first rank has shared what it loaded, the others hold random weights: nothing to save.
    (writer_ ? static_cast<TrainingListener&>(writer_->log) : listener_).state("failed", error.what());
  } else if (writes) {
    // What the ranks still share is the state after the last completed phase: the writer saves it.
    try {
      if (!writer_) {
        writer_.emplace(options_, listener_, true);
      }
      writer_->log.notice(fmt::format("{}; writing a checkpoint", error.what()));
      if (!trainer_->damagedParameters().empty()) {
        throw damagedError();
      }
      writer_->log.file("checkpoint",
                        writer_->folder.writeCheckpoint(trainer_->images(), stateToSave()),
                        trainer_->images());
      writer_->log.state("failed", error.what());
    } catch (const Error& failure) {
      listener_.notice(fmt::format("the checkpoint could not be written: {}", failure.what()));
    }
  }
  ranks_->abandon();
}

}  // namespace

void runTraining(const TrainingOptions& options,
                 TrainingControl& control,
                 TrainingListener& listener,
                 JobContext& context) {
  try {
    if (options.warmup) {
      runWarmup(options, control, listener, context);
    } else {
      Run(options, control, listener, context).go();
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const Error&) {
    failLauncherAtExit();
    throw;
  }
}

}  // namespace panohead
