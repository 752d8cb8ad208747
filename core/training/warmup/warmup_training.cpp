#include "core/training/warmup/warmup_training.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/gradient_exchange.h"
#include "core/training/people_codes.h"
#include "core/training/run_loop.h"
#include "core/training/run_sheets.h"
#include "core/training/sheet_painter.h"
#include "core/training/training_networks.h"
#include "core/training/warmup/warmup_model.h"
#include "core/training/warmup/warmup_start.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace panohead {

namespace {

constexpr std::int64_t kSheetCells = 16;
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
                       start_.bank.people().names.size(),
                       warmup_->trainedPeople(),
                       start_.attributes ? start_.attributes->columns() : 0,
                       parts_.options.batch);
  }
  std::string done() const override { return fmt::format("{} steps", warmup_->stepsDone()); }
  Progress progress() const override {
    return {"warm-up", warmup_->stepsDone(), warmup_->options().steps, {}};
  }
  const StatsCollector& stats() const override { return stats_; }
  StatsCollector& tickStats() override { return stats_; }
  std::vector<std::string> skipped() const override { return start_.bank.failures(); }
  at::Device device() const override { return at::kCPU; }

  void writeSheets(const SheetPaths& paths, const Told& told, const Poll& poll) override;
  std::filesystem::path writeNetworks(RunFolder& folder) override;
  const Generator* measured() const override { return delivered_ ? &*delivered_ : nullptr; }

 private:
  void learnBackground(const BackgroundOptions& background);
  std::vector<std::pair<std::int64_t, std::uint32_t>> shownViews() const;

  RunParts parts_;
  WarmupStart start_;
  std::optional<Warmup> warmup_;
  std::optional<Generator> delivered_;  // as in the newest network file
  StatsCollector stats_;
};

WarmupLearner::WarmupLearner(const RunParts& parts)
    : parts_(parts), start_(parts.options, parts.dataset, parts.ranks.size(), parts.context) {
  const std::optional<BackgroundOptions> backgrounds = start_.backgrounds(parts_.options);
  if (backgrounds && !parts_.continued) {
    learnBackground(*backgrounds);
  }
  warmup_.emplace(start_.generator, start_.bank, start_.attributesOrNull(), start_.options, parts_.ranks);
}

// Before anything else: the background network, and a mapping that holds its codes and no head yet.
void WarmupLearner::learnBackground(const BackgroundOptions& background) {
  const std::int64_t head = start_.headDims();
  parts_.news.state("running", "learning the backgrounds");
  double loss = 0;
  const BackgroundCodes codes =
      trainBackground(start_.generator, start_.bank, head, background, [&](std::int64_t step, double value) {
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
  writeMapping(start_.generator, nobody, std::vector<int>(32, 0), codes, {});
  parts_.news.notice(
      fmt::format("backgrounds learned in {} steps, mean error {:.4f}", background.steps, loss));
}

// One view of each of sixteen people, the last four of them held out where there are any.
std::vector<std::pair<std::int64_t, std::uint32_t>> WarmupLearner::shownViews() const {
  const auto count = static_cast<std::int64_t>(start_.bank.people().names.size());
  const std::int64_t cells = std::min(kSheetCells, count);
  std::vector<std::pair<std::int64_t, std::uint32_t>> shown;
  for (std::int64_t k = 0; k < cells; ++k) {
    const std::int64_t person = k * 4 < cells * 3 ? k : count - cells + k;
    const std::vector<std::uint32_t>& views = start_.bank.people().views[static_cast<std::size_t>(person)];
    shown.emplace_back(person, views[static_cast<std::size_t>(k) % views.size()]);
  }
  return shown;
}

// Real pictures, and what the averaged generator makes of the people's codes.
void WarmupLearner::writeSheets(const SheetPaths& paths, const Told& told, const Poll& poll) {
  const PeoplePictures& people = start_.bank.people();
  const auto shown = shownViews();
  writeRealSheets(
      paths,
      shown.size(),
      people.resolution,
      [&](std::size_t i) { return people.load(shown[i].second); },
      told);
  const at::NoGradGuard no_grad;
  const Generator& generator = warmup_->average();
  const SheetPainter painter(generator, generator.config().neural_resolution, poll);
  MadeSheets made;
  for (const auto& [person, view] : shown) {
    const at::Tensor w = warmup_->averageCodes()(at::tensor({person}, at::kLong));
    const at::Tensor label =
        at::from_blob(const_cast<float*>(people.labels[view].data()), {1, 25}, at::kFloat).clone();
    made.add(painter(w.unsqueeze(1).expand({-1, generator.numWs(), -1}), label));
  }
  made.write(paths, told);
}

std::filesystem::path WarmupLearner::writeNetworks(RunFolder& folder) {
  WarmupModel model = finishWarmup(*warmup_, start_.attributesOrNull(), {}, {});
  const NetworkState state =
      generatorState("G_ema", model.generator, model.generator.config().neural_resolution);
  if (!model.directions.empty()) {
    writeDirectionFile(folder.path() / "directions.safetensors", latentDirections(model.directions));
  }
  const std::filesystem::path path = folder.writeNetworks(images(), std::span(&state, 1));
  const at::Tensor people = at::arange(warmup_->trainedPeople());
  const std::vector<std::string>& names = start_.bank.people().names;
  const at::NoGradGuard no_grad;
  writePeopleCodes(
      codesBeside(path),
      {{names.begin(), names.begin() + warmup_->trainedPeople()}, warmup_->averageCodes()(people)});
  delivered_.emplace(std::move(model.generator));
  return path;
}

}  // namespace

void runWarmup(const TrainingOptions& options,
               TrainingControl& control,
               TrainingListener& listener,
               JobContext& context) {
  runLoop(options, control, listener, context, {kLower, "lower --warmup-rate"}, [](const RunParts& parts) {
    return std::make_unique<WarmupLearner>(parts);
  });
}

}  // namespace panohead
