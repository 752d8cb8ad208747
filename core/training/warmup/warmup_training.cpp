#include "core/training/warmup/warmup_training.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/checkpoint/safetensors.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/training/gradient_exchange.h"
#include "core/training/run_loop.h"
#include "core/training/sheet.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/background_stage.h"
#include "core/training/warmup/warmup_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace panohead {

namespace {

constexpr std::int64_t kBackgroundDims = 64;  // of w
constexpr std::int64_t kPictureMegabytes = 4096;
constexpr std::int64_t kSheetCells = 16;
constexpr int kSheetColumns = 4;
constexpr const char* kLower =
    "lower --batch (in a new folder when this run has checkpoints), or start fewer ranks on this machine";

/// A generator and the codes of the people whom it draws.
class WarmupLearner final : public Learner {
 public:
  explicit WarmupLearner(const RunParts& parts);

  void step(const Poll& poll) override {
    for (const auto& [name, value] : warmup_->step()) {
      stats_.add(name, value);
    }
    poll();
  }
  bool isWhole() const override { return warmup_->isWhole(); }
  std::int64_t images() const override { return warmup_->stepsDone() * parts_.options.batch; }
  std::int64_t lastImages() const override { return warmup_->options().steps * parts_.options.batch; }

  TrainingState state() const override {
    return {warmup_->state(), nlohmann::json{{"stage", "warmup"}}.dump()};
  }
  void load(const TrainingState& state) override { state.copyTo(warmup_->state()); }
  void begin() override {
    std::vector<at::Tensor> tensors;
    for (const auto& [name, tensor] : warmup_->state()) {
      tensors.push_back(tensor);
    }
    broadcastParameters(tensors, parts_.ranks);
  }

  std::string description() const override {
    return fmt::format("warm-up: {} people, {} of them trained on, {} known numbers each, batches of {}",
                       bank_->people().names.size(),
                       warmup_->trainedPeople(),
                       attributes_ ? attributes_->columns() : 0,
                       parts_.options.batch);
  }
  std::string done() const override { return fmt::format("{} steps", warmup_->stepsDone()); }
  Progress progress() const override {
    return {"warm-up", warmup_->stepsDone(), warmup_->options().steps, {}};
  }
  StatsCollector& tickStats() override { return stats_; }
  std::vector<std::string> skipped() const override { return bank_->failures(); }
  at::Device device() const override { return at::kCPU; }

  void writeSheets(const std::filesystem::path& reals,
                   const SheetPaths& paths,
                   const Told& told,
                   const Poll& poll) override;
  std::filesystem::path writeNetworks(RunFolder& folder) override;

 private:
  Generator firstGenerator() const;
  void learnBackground();
  std::vector<std::pair<std::int64_t, std::uint32_t>> shownViews() const;
  Image realSheet() const;
  Image madeSheet(const Poll& poll) const;

  RunParts parts_;
  std::optional<PictureBank> bank_;
  std::optional<AttributeTable> attributes_;
  std::optional<Generator> generator_;
  std::optional<Warmup> warmup_;
  StatsCollector stats_;
};

WarmupLearner::WarmupLearner(const RunParts& parts) : parts_(parts) {
  const TrainingOptions& options = parts_.options;
  PeoplePictures people = peopleOf(parts_.dataset);
  if (!options.attributes.empty()) {
    attributes_ = readAttributes(options.attributes, people.names);
  }
  generator_.emplace(firstGenerator());
  const auto count = static_cast<std::int64_t>(people.names.size());
  bank_.emplace(std::move(people),
                static_cast<int>(generator_->config().neural_resolution),
                kPictureMegabytes / parts_.ranks.size());
  if (!parts_.continued && options.resume.empty() && generator_->config().background) {
    learnBackground();
  }
  warmup_.emplace(*generator_,
                  *bank_,
                  attributes_ ? &*attributes_ : nullptr,
                  warmupOptions(options, generator_->config(), count),
                  parts_.ranks);
}

Generator WarmupLearner::firstGenerator() const {
  const TrainingOptions& options = parts_.options;
  const int resolution = parts_.dataset->resolution();
  if (options.resume.empty()) {
    Generator generator(generatorConfig(options, resolution), static_cast<std::uint64_t>(options.seed));
    prepareForWarmup(generator, kBackgroundDims);
    return generator;
  }
  const Checkpoint checkpoint = openCheckpoint(options.resume, parts_.context);
  Generator generator = loadGenerator(checkpoint.network());
  if (generator.config().img_resolution != resolution) {
    throw OptionError(
        fmt::format("--resume: '{}' makes pictures of {} px, the data has {}",
                    options.resume.string(),
                    generator.config().img_resolution,
                    resolution),
        fmt::format("add --resolution {}, or start from another network", generator.config().img_resolution));
  }
  return generator;
}

// Before anything else: the background network, and a mapping that holds its codes and no head yet.
void WarmupLearner::learnBackground() {
  const TrainingOptions& options = parts_.options;
  const std::int64_t head = generator_->config().w_dim - kBackgroundDims;
  BackgroundOptions background;
  background.seed = static_cast<std::uint64_t>(options.seed);
  background.steps = std::min<std::int64_t>(background.steps, std::llround(options.kimg * 1e3 / 4 / 8) + 1);
  parts_.news.state("running", "learning the backgrounds");
  double loss = 0;
  const BackgroundCodes codes =
      trainBackground(*generator_, *bank_, head, background, [&](std::int64_t step, double value) {
        parts_.context.checkpoint();
        if (parts_.stopped()) {  // a checkpoint of half a background network would be taken for a whole one
          parts_.news.notice(
              "stopped while learning the backgrounds: nothing to save yet, the same command begins again");
          throw Cancelled();
        }
        if (parts_.ranks.rank() == 0) {
          parts_.context.report({"backgrounds", step, background.steps, {{"loss", value}}});
        }
        loss = value;
      });
  at::Generator random = at::detail::createCPUGenerator(background.seed);
  const at::Tensor nobody = at::randn({32, head}, random, at::kFloat) * 0.1;
  writeMapping(*generator_, nobody, std::vector<int>(32, 0), codes, {});
  parts_.news.notice(
      fmt::format("backgrounds learned in {} steps, mean error {:.4f}", background.steps, loss));
}

// One view of each of sixteen people, the last four of them held out where there are any.
std::vector<std::pair<std::int64_t, std::uint32_t>> WarmupLearner::shownViews() const {
  const auto count = static_cast<std::int64_t>(bank_->people().names.size());
  const std::int64_t cells = std::min(kSheetCells, count);
  std::vector<std::pair<std::int64_t, std::uint32_t>> shown;
  for (std::int64_t k = 0; k < cells; ++k) {
    const std::int64_t person = k * 4 < cells * 3 ? k : count - cells + k;
    const std::vector<std::uint32_t>& views = bank_->people().views[static_cast<std::size_t>(person)];
    shown.emplace_back(person, views[static_cast<std::size_t>(k) % views.size()]);
  }
  return shown;
}

Image WarmupLearner::realSheet() const {
  std::vector<Image> pictures;
  for (const auto& [person, view] : shownViews()) {
    try {
      pictures.push_back(bank_->people().load(view).picture);
    } catch (const ImageError&) {
      pictures.emplace_back(bank_->people().resolution, bank_->people().resolution, 3);
    }
  }
  return tiled(pictures, kSheetColumns);
}

// What the averaged generator makes of the people's codes.
Image WarmupLearner::madeSheet(const Poll& poll) const {
  const at::NoGradGuard no_grad;
  const Generator& generator = warmup_->average();
  SynthesisSettings settings = generator.defaultSettings();
  settings.quick = true;
  settings.run.checkpoint = poll;
  std::vector<at::Tensor> pictures;
  for (const auto& [person, view] : shownViews()) {
    const at::Tensor w = warmup_->averageCodes()(at::tensor({person}, at::kLong));
    const at::Tensor label =
        at::from_blob(const_cast<float*>(bank_->people().labels[view].data()), {1, 25}, at::kFloat).clone();
    pictures.push_back(
        generator.synthesize(w.unsqueeze(1).expand({-1, generator.numWs(), -1}), label, settings).image);
  }
  return sheet(at::cat(pictures), SheetKind::Picture, kSheetColumns);
}

void WarmupLearner::writeSheets(const std::filesystem::path& reals,
                                const SheetPaths& paths,
                                const Told& told,
                                const Poll& poll) {
  if (!std::filesystem::exists(reals)) {
    writePng(reals, realSheet());
    told(reals);
  }
  writePng(paths.picture, madeSheet(poll));
  told(paths.picture);
}

std::filesystem::path WarmupLearner::writeNetworks(RunFolder& folder) {
  const WarmupModel model = finishWarmup(*warmup_, attributes_ ? &*attributes_ : nullptr, {}, {});
  const NetworkState state =
      generatorState("G_ema", model.generator, model.generator.config().neural_resolution);
  if (!model.directions.empty()) {
    writeDirectionFile(folder.path() / "directions.safetensors", latentDirections(model.directions));
  }
  return folder.writeNetworks(images(), std::span(&state, 1));
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
  runLoop(options, control, listener, context, {kLower, "lower --warmup-rate"}, [](const RunParts& parts) {
    return std::make_unique<WarmupLearner>(parts);
  });
}

}  // namespace panohead
