#include "core/base/clock.h"
#include "core/tensor/prelude.h"
#include "core/training/plan.h"
#include "core/training/training_device.h"
#include "core/training/warmup/warmup_start.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace panohead {

namespace {

struct Stage {
  const char* name;
  std::int64_t first, last;  // steps [first, last)
};

std::vector<Stage> stagesOf(const WarmupOptions& o) {
  const std::int64_t texture = o.texture_from < 0 ? o.steps : o.texture_from;
  const std::int64_t refine = o.refine_from < 0 ? texture : o.refine_from;
  const std::int64_t high = std::clamp(o.high_from, o.code_steps, refine);
  const std::array<Stage, 5> all{{{"codes only", 0, o.code_steps},
                                  {"heads, raw picture", o.code_steps, high},
                                  {"heads and super-resolution", high, refine},
                                  {"codes only, to the averaged weights", refine, texture},
                                  {"super-resolution and texture", texture, o.steps}}};
  std::vector<Stage> stages;
  std::ranges::copy_if(all, std::back_inserter(stages), [](const Stage& s) { return s.last > s.first; });
  return stages;
}

// Seconds of a step of eight pictures in the stage before the others.
double backgroundSeconds(WarmupStart& start, BackgroundOptions background, JobContext& context) {
  background.steps = 4;
  background.pictures = 4 * background.batch;
  auto begin = std::chrono::steady_clock::now();
  double fastest = 1e9;
  trainBackground(start.generator, start.bank, start.headDims(), background, [&](std::int64_t step, double) {
    context.checkpoint();
    fastest = step > 1 ? std::min(fastest, secondsSince(begin)) : fastest;  // the first is cold
    begin = std::chrono::steady_clock::now();
  });
  return fastest;
}

}  // namespace

void measureWarmup(PlanFacts& facts, const std::shared_ptr<const Dataset>& dataset, JobContext& context) {
  const TrainingOptions& options = facts.options;
  facts.device = fmt::format("CPU, {} threads", at::get_num_threads());

  context.report({"building the networks", 0, 0, {}});
  WarmupStart start(options, dataset, 1, context);
  facts.generator = parameterTable(start.generator.store(), 3);
  facts.network_bytes = 4 * start.generator.store().parameterCount();
  start.options.checkPeople(facts.people);
  // One or two people are enough to measure: a step takes as much longer as it has more of them.
  WarmupOptions measured = start.options;
  measured.heads = std::min<std::int64_t>(measured.heads, 2);
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  const double scale = static_cast<double>(start.options.heads) / static_cast<double>(measured.heads);

  const std::int64_t done = facts.images_done / options.batch;
  if (const auto background = start.backgrounds(options); background && done == 0) {
    context.report({"measuring: backgrounds", 0, 0, {}});
    const PlannedStage stage{
        "backgrounds, before the rest", background->steps, backgroundSeconds(start, *background, context)};
    facts.step.once_seconds = static_cast<double>(stage.steps) * stage.step_seconds;
    facts.stages.push_back(stage);
  }
  Warmup warmup(start.generator, start.bank, start.attributesOrNull(), measured, *alone);
  for (const auto& [name, tensor] : warmup.state()) {
    facts.checkpoint_bytes += static_cast<std::int64_t>(tensor.nbytes());
  }
  warmup.step();  // weights, gradients and their moments are there from now on, however many pictures
  const std::int64_t before = static_cast<std::int64_t>(residentGigabytes() * (1 << 30));
  const auto stepOf = [&](const Stage& stage) {
    warmup.jumpTo(stage.first);
    context.report({fmt::format("measuring: {}", stage.name), 0, 0, {}});
    context.checkpoint();
    const auto begin = std::chrono::steady_clock::now();
    warmup.step();
    const double seconds = secondsSince(begin);
    return StepTimes{.whole = seconds, .g_main = seconds};
  };
  double seconds = 0;
  for (const Stage& stage : stagesOf(start.options)) {
    if (const std::int64_t left = stage.last - std::max(stage.first, done); left > 0) {
      const double step_seconds = scale * measureStep([&] { return stepOf(stage); }, 0, 0).seconds;
      facts.stages.push_back({stage.name, left, step_seconds});
      seconds += static_cast<double>(left) * step_seconds;
    }
  }
  // The average of all stages: what all steps together take is what is asked for.
  facts.step.seconds = seconds / static_cast<double>(std::max<std::int64_t>(start.options.steps - done, 1));
  facts.step.pictures = options.batch;
  facts.step.gradient_bytes = warmup.exchangedBytes();
  const std::int64_t pictures = measured.heads * options.warmup_views;
  facts.host = {before + start.bank.bytesWhenFull(),
                std::max<std::int64_t>(peakResident() - before, 0) / pictures};
}

}  // namespace panohead
