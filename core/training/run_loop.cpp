#include "core/training/run_loop.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/image_io.h"
#include "core/base/json_text.h"
#include "core/tensor/prelude.h"
#include "core/training/gather_texts.h"
#include "core/training/gradient_exchange.h"
#include "core/training/library_errors.h"
#include "core/training/run_metrics.h"
#include "core/training/run_writer.h"
#include "core/training/schedule.h"
#include "core/training/skipped_pictures.h"
#include "core/training/training_device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>
#include <thread>
#include <utility>

namespace panohead {

namespace {

using Clock = std::chrono::steady_clock;

/// One rank's part of a run.
class RunLoop {
 public:
  RunLoop(const TrainingOptions& options,
          TrainingControl& control,
          TrainingListener& listener,
          JobContext& context,
          const RunAdvice& advice)
      : options_(options), control_(control), listener_(listener), context_(context), advice_(advice) {}

  void go(const std::function<std::unique_ptr<Learner>(const RunParts&)>& make) {
    try {
      withLibraryErrors(
          [&] {
            open(make);
            train();
          },
          advice_.out_of_memory);
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
  void open(const std::function<std::unique_ptr<Learner>(const RunParts&)>& make);
  void load(const ResumePoint& point);
  void train();
  void tick();
  void save();
  void snapshot();
  void showInTensorBoard(const SheetPaths& sheets);
  void measure(const Generator& generator, const std::filesystem::path& network);
  void writeCheckpoint();
  void saveState();
  void waitWhilePaused();
  void abandonRun(const RankError& error);

  void requireSound(const StatsSnapshot& stats) const;
  TrainingError diverged(const std::string& what) const;
  std::vector<std::string> damaged() const { return damagedTensors(learner_->state().tensors); }
  /// Runs on the writer alone; the others hear that it is busy.
  template <typename Work>
  void write(Work&& work) {
    if (writer_) {
      writeTellingWaits(writer_->log, work, [&] {
        busy();
        if (control_.stop) {
          throw;
        }
      });
    }
  }
  /// Between pieces of work that this rank does alone.
  void busy() {
    ranks_->stillHere();
    context_.checkpoint();
  }
  bool anyRank(bool wish) { return ranks_->maximum(wish ? 1 : 0) > 0; }
  bool snapshotAsked() { return anyRank(writer_ && control_.snapshot.exchange(false)); }
  double totalSeconds() const { return earlier_seconds_ + secondsSince(start_); }
  double kimg() const { return static_cast<double>(learner_->images()) / 1e3; }
  bool hasItsLength() const { return learner_->images() >= learner_->lastImages(); }
  std::int64_t tickOf(std::int64_t images) const {
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(images) / (options_.tick_kimg * 1e3) + 1e-9));
  }
  TrainingListener& news() { return writer_ ? static_cast<TrainingListener&>(writer_->log) : silent_; }

  TrainingOptions options_;
  TrainingControl& control_;
  TrainingListener& listener_;
  JobContext& context_;
  const RunAdvice& advice_;
  SilentListener silent_;
  std::unique_ptr<Communicator> ranks_;
  std::optional<RunWriter> writer_;
  std::unique_ptr<Learner> learner_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_tick_ = start_;
  Clock::time_point last_checkpoint_ = start_;
  double earlier_seconds_ = 0;  // of the run before it was resumed
  double maintenance_ = 0;      // seconds of snapshots and checkpoints since the last tick
  std::int64_t images_at_tick_ = 0;
  bool begun_ = false;              // all ranks hold the state that the run starts with
  std::int64_t checkpointed_ = -1;  // images of the newest checkpoint
  std::int64_t snapshotted_ = -1;   // images of the newest network and its sheets; known to the writer
  SkippedPictures skipped_;
};

void RunLoop::open(const std::function<std::unique_ptr<Learner>(const RunParts&)>& make) {
  ranks_ = makeCommunicator();
  const int threads = shareThreads(control_.threads, ranks_->localSize());
  options_.check(ranks_->size());
  if (ranks_->rank() == 0) {
    listener_.state("starting", "reading the data set");
  }
  const auto dataset = std::make_shared<const Dataset>(options_.dataset(), context_);
  std::optional<ResumePoint> point;
  if (ranks_->rank() == 0) {
    writer_.emplace(options_, listener_);
    writer_->tellNotices();
    if (ranks_->size() > 1) {
      writer_->log.notice(fmt::format(
          "{}, {} compute thread{} each", ranks_->description(), threads, threads == 1 ? "" : "s"));
      if (!ranks_->advice().empty()) {
        writer_->log.notice(ranks_->advice());
      }
    }
    point = writer_->folder.resume();
    writer_->tellNotices();  // of checkpoints that it passed over
  }
  // What the run began from decides its schedules, also when the command that goes on leaves it out.
  options_.resume = textOfFirstRank(writer_ ? writer_->folder.options().resume.string() : "", *ranks_);
  learner_ = make({.options = options_,
                   .dataset = dataset,
                   .ranks = *ranks_,
                   .continued = anyRank(point.has_value()),
                   .news = news(),
                   .context = context_,
                   .stopped = [this] { return anyRank(control_.stop); }});
  requireSameKind(learner_->device(), *ranks_);
  if (point) {
    load(*point);
    point.reset();
  }
  learner_->begin();
  // Every rank may have to save in the first one's place; all must agree on whether there is a checkpoint.
  earlier_seconds_ = ranks_->maximum(earlier_seconds_);
  checkpointed_ = static_cast<std::int64_t>(ranks_->maximum(static_cast<double>(checkpointed_)));
  begun_ = true;
  images_at_tick_ = learner_->images();
  if (writer_) {
    writer_->stats.emplace(writer_->folder.statsPath(), learner_->images());
    writer_->events.emplace(writer_->folder.path(), learner_->images());
  }
}

void RunLoop::load(const ResumePoint& point) {
  learner_->load(point.state);
  earlier_seconds_ = parseJson(point.state.text).value("seconds", 0.0);
  checkpointed_ = point.images;
  snapshotted_ = writer_->folder.hasNetworkOf(point.images) ? point.images : -1;
  writer_->log.notice(
      fmt::format("going on from '{}' after {}", point.path.filename().string(), learner_->done()));
}

void RunLoop::train() {
  news().state("running", learner_->description());
  if (learner_->drawsBeforeFirstStep()) {
    snapshot();
  }
  start_ = last_tick_ = last_checkpoint_ = Clock::now();
  bool first = true;
  while (!hasItsLength()) {
    waitWhilePaused();
    if (anyRank(control_.stop)) {
      break;
    }
    const std::int64_t ticks_before = tickOf(learner_->images());
    learner_->step([&] { context_.checkpoint(); });
    if (writer_) {
      context_.report(learner_->progress());
    }
    const std::int64_t ticks = tickOf(learner_->images());
    const bool ticked = ticks > ticks_before || hasItsLength();
    if (std::exchange(first, false) || ticked) {
      tick();
    }
    const auto trained = Clock::now();
    if (snapshotAsked() || (ticked && options_.snapshot_ticks > 0 && ticks % options_.snapshot_ticks == 0)) {
      save();
    } else if (anyRank(writer_ && options_.checkpoint_minutes > 0 &&
                       secondsSince(last_checkpoint_) > options_.checkpoint_minutes * 60)) {
      writeCheckpoint();
    }
    maintenance_ += secondsSince(trained);
    last_tick_ += Clock::now() - trained;  // is no time of training
  }
  news().state("stopping", hasItsLength() ? "the run has its length" : "asked to stop");
  // A checkpoint alone, of the clock or of a stop, is no network to draw with.
  if (hasItsLength() && anyRank(writer_ && snapshotted_ != learner_->images())) {
    save();
  } else {
    writeCheckpoint();
  }
  news().state("finished", fmt::format("{} in '{}'", learner_->done(), options_.out.string()));
}

void RunLoop::waitWhilePaused() {
  if (!anyRank(control_.pause)) {
    return;
  }
  const auto paused = Clock::now();
  writeCheckpoint();
  news().state("paused", "waits until it is resumed; the checkpoint is written");
  for (bool waits = true; waits;) {
    // Before it looks for a snapshot: one that was asked for just before the stop is still taken.
    waits = anyRank(control_.pause) && !anyRank(control_.stop);
    if (snapshotAsked()) {
      save();
    }
    busy();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  last_tick_ += Clock::now() - paused;  // what was trained before it counts
  news().state("running", "resumed");
}

void RunLoop::tick() {
  const double images = static_cast<double>(learner_->images() - images_at_tick_);
  const double seconds = secondsSince(last_tick_);
  StatsCollector& stats = learner_->tickStats();
  stats.add("Progress/tick", static_cast<double>(tickOf(learner_->images())));
  stats.add("Progress/kimg", kimg());
  stats.add("Timing/total_sec", totalSeconds());
  stats.add("Timing/total_hours", totalSeconds() / 3600);
  stats.add("Timing/total_days", totalSeconds() / 86400);
  stats.add("Timing/sec_per_tick", seconds);
  stats.add("Timing/sec_per_kimg", images > 0 ? seconds / images * 1e3 : 0.0);
  stats.add("Timing/maintenance_sec", std::exchange(maintenance_, 0.0));
  stats.add("Resources/cpu_mem_gb", residentGigabytes());
  const DeviceGigabytes device = peakDeviceMemory(learner_->device());
  stats.add("Resources/peak_gpu_mem_gb", device.allocated);
  stats.add("Resources/peak_gpu_mem_reserved_gb", device.reserved);
  stats.add("Progress/augment", 0.0);  // the published program's key; nothing is augmented here
  for (const std::string& name : skipped_.gather(learner_->skipped(), *ranks_)) {
    news().notice("skipped a picture that cannot be read: " + name);
  }
  stats.add("Progress/skipped", static_cast<double>(skipped_.count()));
  StatsSnapshot snapshot = stats.take(*ranks_);
  addPhaseRates(snapshot, images, ranks_->size());
  const double now = secondsSince1970();
  write([&] { writer_->stats->write(snapshot, now); });
  write([&] { writer_->events->write(snapshot, learner_->images(), now); });
  news().stats(learner_->images(), meansOf(snapshot));
  images_at_tick_ = learner_->images();
  last_tick_ = Clock::now();
  requireSound(snapshot);
}

void RunLoop::requireSound(const StatsSnapshot& stats) const {
  for (const auto& [name, moments] : stats) {
    if (name.starts_with("Loss/") && !std::isfinite(moments.mean())) {
      throw diverged(name + " is not a number");
    }
  }
}

// A run that has diverged has nothing left to save: the newest checkpoint is from before.
TrainingError RunLoop::diverged(const std::string& what) const {
  return TrainingError(
      fmt::format("{} any more after {:.3f} kimg", what, kimg()),
      fmt::format("the run stops at its last good checkpoint ({}); {}, then give the same command again",
                  checkpointed_ >= 0 ? fmt::format("{:.3f} kimg", static_cast<double>(checkpointed_) / 1e3)
                                     : "none yet",
                  advice_.diverged),
      fmt::format("parameters with NaN or infinity: {}", fmt::join(damaged(), " ")));
}

/// Checkpoint and network. The checkpoint first: what the sheets fail of must not cost what was trained.
void RunLoop::save() {
  checkRanksAgree(learner_->state().tensors, *ranks_);
  writeCheckpoint();
  snapshot();
}

void RunLoop::snapshot() {
  if (!writer_) {
    return;
  }
  const auto told = [&](const char* kind, const std::filesystem::path& path) {
    ranks_->stillHere();
    writer_->log.file(kind, path, learner_->images());
  };
  const SheetPaths sheets = writer_->folder.sheetPaths(learner_->images());
  write([&] {
    learner_->writeSheets(sheets, [&](const auto& path) { told("sheet", path); }, [&] { busy(); });
  });
  showInTensorBoard(sheets);
  std::filesystem::path network;
  write([&] {
    network = learner_->writeNetworks(writer_->folder);
    told("network", network);
  });
  if (const Generator* generator = learner_->measured(); generator && options_.metrics != "none") {
    measure(*generator, network);
  }
  snapshotted_ = learner_->images();
}

void RunLoop::showInTensorBoard(const SheetPaths& sheets) {
  const double now = secondsSince1970();
  for (const auto& [tag, path] : {std::pair("fakes", &sheets.picture),
                                  std::pair("fakes_raw", &sheets.raw),
                                  std::pair("fakes_depth", &sheets.depth),
                                  std::pair("fakes_alpha", &sheets.mask)}) {
    std::vector<std::byte> png;
    try {
      png = readPictureFile(*path);
    } catch (const ImageError&) {
      continue;  // this kind of training draws none, or somebody was quicker
    }
    if (const auto header = readImageHeader(png)) {
      write([&] {
        writer_->events->writePicture(tag,
                                      {reinterpret_cast<const char*>(png.data()), png.size()},
                                      header->width,
                                      header->height,
                                      learner_->images(),
                                      now);
      });
    }
  }
}

void RunLoop::measure(const Generator& generator, const std::filesystem::path& network) {
  const std::int64_t resolution = options_.warmup
                                      ? generator.config().neural_resolution
                                      : TrainingSchedule::at(options_, learner_->images()).neural_resolution;
  MetricsReport report;
  try {
    report = measureNetwork(options_, generator, resolution, [&] {
      busy();
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
  const double now = secondsSince1970();
  write([&] {
    writeMetricFiles(writer_->folder.path(), report, {learner_->images(), network}, ranks_->size(), now);
  });
  write([&] { writer_->events->write(statsOf(report), learner_->images(), now); });
}

void RunLoop::writeCheckpoint() {
  last_checkpoint_ = Clock::now();
  if (checkpointed_ == learner_->images()) {
    return;
  }
  // Gradients that are no numbers are cleaned, so that weights may look sound after losses have ceased to.
  if (anyRank(!learner_->stats().isSound("Loss/"))) {
    throw diverged("the losses are not numbers");
  }
  if (anyRank(writer_ && !damaged().empty())) {
    throw diverged("weights are not numbers");
  }
  write([&] { saveState(); });
  checkpointed_ = learner_->images();
}

void RunLoop::saveState() {
  TrainingState state = learner_->state();
  nlohmann::json text = parseJson(state.text);
  text["seconds"] = totalSeconds();
  state.text = text.dump();
  writer_->log.file(
      "checkpoint", writer_->folder.writeCheckpoint(learner_->images(), state), learner_->images());
}

void RunLoop::abandonRun(const RankError& error) {
  if (ranks_ == nullptr) {
    return;
  }
  const bool writes = ranks_->writer() == ranks_->rank();
  // Until the first rank has shared what it loaded, the others hold random weights: nothing to save.
  if (writes && !(begun_ && learner_->isWhole())) {
    (writer_ ? static_cast<TrainingListener&>(writer_->log) : listener_).state("failed", error.what());
  } else if (writes) {
    // What the ranks still share is the state after the last completed phase: the writer saves it.
    try {
      if (!writer_) {
        writer_.emplace(options_, listener_, true);
      }
      writer_->log.notice(fmt::format("{}; writing a checkpoint", error.what()));
      const auto save = [&] {
        if (!damaged().empty() || !learner_->stats().isSound("Loss/")) {
          throw diverged("losses or weights are not numbers");
        }
        saveState();
      };
      withLibraryErrors(save, advice_.out_of_memory);  // a GPU may have gone with the other rank
      writer_->log.state("failed", error.what());
    } catch (const Error& failure) {
      listener_.notice(fmt::format("the checkpoint could not be written: {}", failure.what()));
    }
  }
  ranks_->abandon();
}

}  // namespace

void runLoop(const TrainingOptions& options,
             TrainingControl& control,
             TrainingListener& listener,
             JobContext& context,
             const RunAdvice& advice,
             const std::function<std::unique_ptr<Learner>(const RunParts&)>& make) {
  RunLoop(options, control, listener, context, advice).go(make);
}

}  // namespace panohead
