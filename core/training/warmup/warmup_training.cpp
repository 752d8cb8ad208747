#include "core/training/warmup/warmup_training.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/checkpoint/safetensors.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/training/event_file.h"
#include "core/training/gather_texts.h"
#include "core/training/gradient_exchange.h"
#include "core/training/library_errors.h"
#include "core/training/run_folder.h"
#include "core/training/run_log.h"
#include "core/training/sheet.h"
#include "core/training/skipped_pictures.h"
#include "core/training/stats.h"
#include "core/training/stats_file.h"
#include "core/training/training_device.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/background_stage.h"
#include "core/training/warmup/warmup_model.h"

#include <ATen/CPUGeneratorImpl.h>
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

constexpr std::int64_t kBackgroundDims = 64;  // of w
constexpr std::int64_t kPictureMegabytes = 4096;
constexpr const char* kLower =
    "lower --batch (in a new folder when this run has checkpoints), or start fewer ranks on this machine";

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One rank's part of a warm-up.
class WarmupRun {
 public:
  WarmupRun(const TrainingOptions& options,
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
          kLower);
    } catch (const RankError& error) {
      if (ranks_ != nullptr) {
        if (ranks_->writer() == ranks_->rank()) {
          (writer_ ? static_cast<TrainingListener&>(writer_->log) : listener_).state("failed", error.what());
        }
        ranks_->abandon();
      }
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
  struct Writer {
    Writer(const TrainingOptions& options, TrainingListener& listener)
        : folder(options), log(listener, folder.logPath()) {}
    RunFolder folder;
    LoggedListener log;
    std::optional<StatsFile> stats;
    std::optional<EventFile> events;
  };

  void open();
  Generator firstGenerator(int resolution);
  void learnBackground();
  void resume();
  void train();
  void tick();
  void snapshot();
  void writeCheckpoint();
  void waitWhilePaused();
  Image sheetOf(bool made);

  template <typename Work>
  void write(Work&& work) {
    if (!writer_) {
      return;
    }
    writeTellingWaits(writer_->log, work, [&] {
      ranks_->stillHere();
      context_.checkpoint();
      if (control_.stop) {
        throw;
      }
    });
  }
  bool anyRank(bool wish) { return ranks_->maximum(wish ? 1 : 0) > 0; }
  std::int64_t images() const { return warmup_->stepsDone() * options_.batch; }
  std::int64_t ticksDone() const {
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(images()) / (options_.tick_kimg * 1e3) + 1e-9));
  }
  TrainingListener& news() { return writer_ ? static_cast<TrainingListener&>(writer_->log) : silent_; }

  TrainingOptions options_;
  TrainingControl& control_;
  TrainingListener& listener_;
  JobContext& context_;
  SilentListener silent_;
  std::unique_ptr<Communicator> ranks_;
  std::optional<Writer> writer_;
  std::optional<ResumePoint> point_;  // what the writer goes on from, while the run is opened
  std::optional<PictureBank> bank_;
  std::optional<AttributeTable> attributes_;
  std::optional<Generator> generator_;
  std::optional<Warmup> warmup_;
  StatsCollector stats_;
  Clock::time_point start_ = Clock::now(), last_tick_ = start_, last_checkpoint_ = start_;
  double earlier_seconds_ = 0;
  std::int64_t images_at_tick_ = 0;
  std::int64_t checkpointed_ = -1;  // images of the newest checkpoint
  std::int64_t snapshotted_ = -1;   // images of the newest network; of the writer
  SkippedPictures skipped_;
};

void WarmupRun::open() {
  ranks_ = makeCommunicator();
  shareThreads(control_.threads, ranks_->localSize());
  options_.check(ranks_->size());
  if (ranks_->rank() == 0) {
    listener_.state("starting", "reading the data set");
  }
  auto dataset = std::make_shared<const Dataset>(options_.dataset(), context_);
  if (ranks_->rank() == 0) {
    writer_.emplace(options_, listener_);
    for (const std::string& notice : writer_->folder.notices()) {
      writer_->log.notice(notice);
    }
  }
  // What the run began from decides its networks and stages, also when the command that goes on leaves it
  // out.
  options_.resume = textOfFirstRank(writer_ ? writer_->folder.options().resume.string() : "", *ranks_);
  PeoplePictures people = peopleOf(dataset);
  if (!options_.attributes.empty()) {
    attributes_ = readAttributes(options_.attributes, people.names);
  }
  generator_.emplace(firstGenerator(dataset->resolution()));
  const auto count = static_cast<std::int64_t>(people.names.size());
  bank_.emplace(std::move(people),
                static_cast<int>(generator_->config().neural_resolution),
                kPictureMegabytes / ranks_->size());
  if (writer_) {
    point_ = writer_->folder.resume();
  }
  if (!anyRank(point_.has_value()) && options_.resume.empty() && generator_->config().background) {
    learnBackground();
  }
  warmup_.emplace(*generator_,
                  *bank_,
                  attributes_ ? &*attributes_ : nullptr,
                  warmupOptions(options_, generator_->config(), count),
                  *ranks_);
  resume();
  images_at_tick_ = images();
  if (writer_) {
    writer_->stats.emplace(writer_->folder.statsPath(), images());
    writer_->events.emplace(writer_->folder.path(), images());
  }
}

Generator WarmupRun::firstGenerator(int resolution) {
  if (options_.resume.empty()) {
    Generator generator(generatorConfig(options_, resolution), static_cast<std::uint64_t>(options_.seed));
    prepareForWarmup(generator, kBackgroundDims);
    return generator;
  }
  const Checkpoint checkpoint = openCheckpoint(options_.resume, context_);
  Generator generator = loadGenerator(checkpoint.network());
  if (generator.config().img_resolution != resolution) {
    throw OptionError(
        fmt::format("--resume: '{}' makes pictures of {} px, the data has {}",
                    options_.resume.string(),
                    generator.config().img_resolution,
                    resolution),
        fmt::format("add --resolution {}, or start from another network", generator.config().img_resolution));
  }
  return generator;
}

// Before anything else: the background network, and a mapping that holds its codes and no head yet.
void WarmupRun::learnBackground() {
  const std::int64_t head = generator_->config().w_dim - kBackgroundDims;
  BackgroundOptions background;
  background.seed = static_cast<std::uint64_t>(options_.seed);
  background.steps = std::min<std::int64_t>(background.steps, std::llround(options_.kimg * 1e3 / 4 / 8) + 1);
  news().state("running", "learning the backgrounds");
  double loss = 0;
  const BackgroundCodes codes =
      trainBackground(*generator_, *bank_, head, background, [&](std::int64_t step, double value) {
        context_.checkpoint();
        if (anyRank(
                control_.stop)) {  // a checkpoint of half a background network would be taken for a whole one
          news().notice(
              "stopped while learning the backgrounds: nothing to save yet, the same command begins again");
          throw Cancelled();
        }
        if (writer_) {
          context_.report({"backgrounds", step, background.steps, {{"loss", value}}});
        }
        loss = value;
      });
  at::Generator random = at::detail::createCPUGenerator(background.seed);
  const at::Tensor nobody = at::randn({32, head}, random, at::kFloat) * 0.1;
  writeMapping(*generator_, nobody, std::vector<int>(32, 0), codes, {});
  news().notice(fmt::format("backgrounds learned in {} steps, mean error {:.4f}", background.steps, loss));
}

void WarmupRun::resume() {
  if (writer_) {
    if (const std::optional<ResumePoint>& point = point_) {
      const at::NoGradGuard no_grad;
      for (const auto& [name, tensor] : warmup_->state()) {
        const at::Tensor& stored = point->state.at(name);
        if (stored.sizes() != tensor.sizes()) {
          throw CheckpointError(
              fmt::format("'{}' holds another '{}' than these options make", point->path.string(), name),
              "continue with the options, data and attributes that the run began with");
        }
        tensor.copy_(stored);
      }
      earlier_seconds_ = nlohmann::json::parse(point->state.text).value("seconds", 0.0);
      checkpointed_ = point->images;
      snapshotted_ = writer_->folder.hasNetworkOf(point->images) ? point->images : -1;
      writer_->log.notice(fmt::format(
          "going on from '{}' after {} steps", point->path.filename().string(), warmup_->stepsDone()));
    }
  }
  if (ranks_->size() > 1) {
    std::vector<at::Tensor> tensors;
    for (const auto& [name, tensor] : warmup_->state()) {
      tensors.push_back(tensor);
    }
    broadcastParameters(tensors, *ranks_);
    // All must agree on whether there is a checkpoint.
    checkpointed_ = static_cast<std::int64_t>(ranks_->maximum(static_cast<double>(checkpointed_)));
  }
  point_.reset();
}

void WarmupRun::train() {
  news().state("running",
               fmt::format("warm-up: {} people, {} of them trained on, {} known numbers each, batches of {}",
                           bank_->people().names.size(),
                           warmup_->trainedPeople(),
                           attributes_ ? attributes_->columns() : 0,
                           options_.batch));
  start_ = last_tick_ = last_checkpoint_ = Clock::now();
  bool first = true;
  while (!warmup_->finished()) {
    waitWhilePaused();
    if (anyRank(control_.stop)) {
      break;
    }
    const std::int64_t before = ticksDone();
    for (const auto& [name, value] : warmup_->step()) {
      stats_.add(name, value);
    }
    context_.checkpoint();
    if (writer_) {
      context_.report({"warm-up", warmup_->stepsDone(), warmup_->options().steps, {}});
    }
    const bool ticked = ticksDone() > before || warmup_->finished();
    if (std::exchange(first, false) || ticked) {
      tick();
    }
    const bool asked = anyRank(writer_ && control_.snapshot.exchange(false));
    if (asked || (ticked && options_.snapshot_ticks > 0 && ticksDone() % options_.snapshot_ticks == 0)) {
      snapshot();
      writeCheckpoint();
    } else if (anyRank(writer_ && options_.checkpoint_minutes > 0 &&
                       secondsSince(last_checkpoint_) > options_.checkpoint_minutes * 60)) {
      writeCheckpoint();
    }
  }
  news().state("stopping", warmup_->finished() ? "the run has its length" : "asked to stop");
  if (warmup_->finished() && anyRank(writer_ && snapshotted_ != images())) {
    snapshot();
  }
  writeCheckpoint();
  news().state("finished", fmt::format("{} steps in '{}'", warmup_->stepsDone(), options_.out.string()));
}

void WarmupRun::waitWhilePaused() {
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

void WarmupRun::tick() {
  const auto done = static_cast<double>(images() - images_at_tick_);
  const double seconds = secondsSince(last_tick_);
  stats_.add("Progress/tick", static_cast<double>(ticksDone()));
  stats_.add("Progress/kimg", static_cast<double>(images()) / 1e3);
  stats_.add("Timing/total_sec", earlier_seconds_ + secondsSince(start_));
  stats_.add("Timing/sec_per_tick", seconds);
  stats_.add("Timing/sec_per_kimg", done > 0 ? seconds / done * 1e3 : 0.0);
  for (const std::string& name : skipped_.gather(bank_->failures(), *ranks_)) {
    news().notice("skipped a picture that cannot be read: " + name);
  }
  stats_.add("Progress/skipped", static_cast<double>(skipped_.count()));
  const StatsSnapshot snapshot = stats_.take(*ranks_);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  write([&] { writer_->stats->write(snapshot, now); });
  write([&] { writer_->events->write(snapshot, images(), now); });
  news().stats(images(), meansOf(snapshot));
  images_at_tick_ = images();
  last_tick_ = Clock::now();
}

// One view of each of sixteen people, the last four of them held out where there are any: the pictures, or
// what the averaged generator makes of their codes.
Image WarmupRun::sheetOf(bool made) {
  constexpr std::int64_t kCells = 16;
  constexpr int kColumns = 4;
  const at::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(bank_->people().names.size());
  const std::int64_t cells = std::min(kCells, count);
  const Generator& generator = warmup_->average();
  std::vector<Image> reals;
  std::vector<at::Tensor> pictures;
  for (std::int64_t k = 0; k < cells; ++k) {
    const std::int64_t person = k * 4 < cells * 3 ? k : count - cells + k;
    const std::vector<std::uint32_t>& views = bank_->people().views[static_cast<std::size_t>(person)];
    const std::uint32_t view = views[static_cast<std::size_t>(k) % views.size()];
    if (!made) {
      try {
        reals.push_back(bank_->people().load(view).picture);
      } catch (const ImageError&) {
        reals.emplace_back(bank_->people().resolution, bank_->people().resolution, 3);
      }
      continue;
    }
    const at::Tensor w = warmup_->averageCodes()(at::tensor({person}, at::kLong));
    const at::Tensor label =
        at::from_blob(const_cast<float*>(bank_->people().labels[view].data()), {1, 25}, at::kFloat).clone();
    SynthesisSettings settings = generator.defaultSettings();
    settings.checkpoint = [this] { context_.checkpoint(); };
    settings.quick = w.is_cpu();
    pictures.push_back(
        generator.synthesize(w.unsqueeze(1).expand({-1, generator.numWs(), -1}), label, settings).image);
    ranks_->stillHere();
  }
  return made ? sheet(at::cat(pictures), SheetKind::Picture, kColumns) : tiled(reals, kColumns);
}

void WarmupRun::snapshot() {
  const std::filesystem::path made =
      writer_ ? writer_->folder.sheetPaths(images()).picture : std::filesystem::path();
  write([&] {
    if (!std::filesystem::exists(writer_->folder.realsPath())) {
      writePng(writer_->folder.realsPath(), sheetOf(false));
      writer_->log.file("sheet", writer_->folder.realsPath(), images());
    }
    writePng(made, sheetOf(true));
    writer_->log.file("sheet", made, images());
  });
  write([&] {
    const WarmupModel model = finishWarmup(*warmup_, attributes_ ? &*attributes_ : nullptr, {}, {});
    const NetworkState state =
        generatorState("G_ema", model.generator, model.generator.config().neural_resolution);
    writer_->log.file("network", writer_->folder.writeNetworks(images(), std::span(&state, 1)), images());
    if (!model.directions.empty()) {
      writeDirectionFile(writer_->folder.path() / "directions.safetensors",
                         latentDirections(model.directions));
    }
  });
  snapshotted_ = images();
}

void WarmupRun::writeCheckpoint() {
  last_checkpoint_ = Clock::now();
  if (checkpointed_ == images()) {
    return;
  }
  write([&] {
    TrainingState state;
    state.tensors = warmup_->state();
    state.text =
        nlohmann::json{{"stage", "warmup"}, {"seconds", earlier_seconds_ + secondsSince(start_)}}.dump();
    writer_->log.file("checkpoint", writer_->folder.writeCheckpoint(images(), state), images());
  });
  checkpointed_ = images();
}

}  // namespace

WarmupOptions warmupOptions(const TrainingOptions& o, const GeneratorConfig& config, std::int64_t people) {
  const bool from_network = !o.resume.empty();
  if (o.batch % o.warmup_views != 0) {
    throw OptionError(
        fmt::format("--batch: {} does not divide by {} views of each person", o.batch, o.warmup_views),
        "choose a multiple of --warmup-views");
  }
  WarmupOptions w;
  w.steps = std::max<std::int64_t>(1, std::llround(o.kimg * 1e3 / static_cast<double>(o.batch)));
  w.heads = o.batch / o.warmup_views;
  w.patch.views = o.warmup_views;
  w.patch.neural = static_cast<int>(config.neural_resolution);
  w.patch.patch = std::max(8, w.patch.neural / 2);
  w.patch.margin = w.patch.neural / 8;
  w.samples = std::max(4, config.volume.coarse_samples / 2);
  w.code_steps = from_network ? std::min<std::int64_t>(500, w.steps / 20) : 0;
  w.high_from = from_network ? w.code_steps : w.steps / 3;
  std::int64_t texture_steps = 0;
  if (o.warmup_texture > 0) {
    texture_steps = w.steps / 5;
    if (o.warmup_texture_kimg > 0) {
      texture_steps = std::llround(o.warmup_texture_kimg * 1e3 / static_cast<double>(o.batch));
    }
    if (texture_steps > w.steps - w.steps / 20 - w.code_steps) {
      throw OptionError(
          fmt::format("--warmup-texture-kimg: {} of {} kimg leave nothing for the rest of the run",
                      o.warmup_texture_kimg,
                      o.kimg),
          "make it shorter, or the run longer");
    }
  }
  w.texture_from = texture_steps > 0 ? w.steps - texture_steps : -1;
  w.refine_from = w.steps - texture_steps - w.steps / 20;
  w.texture_weight = o.warmup_texture;
  w.rate = o.warmup_rate;
  w.rate_end = o.warmup_rate / 15;
  w.background_dims = kBackgroundDims;
  w.held_out = o.held_out >= 0 ? o.held_out : static_cast<int>(std::min<std::int64_t>(50, people / 30));
  w.seed = static_cast<std::uint64_t>(o.seed);
  w.check();
  return w;
}

void runWarmup(const TrainingOptions& options,
               TrainingControl& control,
               TrainingListener& listener,
               JobContext& context) {
  WarmupRun(options, control, listener, context).go();
}

}  // namespace panohead
