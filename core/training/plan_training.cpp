#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/dataset/data_loader.h"
#include "core/tensor/prelude.h"
#include "core/training/library_errors.h"
#include "core/training/plan.h"
#include "core/training/run_folder.h"
#include "core/training/start_from.h"
#include "core/training/trainer.h"
#include "core/training/training_device.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace panohead {

namespace {

constexpr int kDetail = 3;  // parts of a module's name in the parameter table

std::int64_t bytesOf(const TrainingState& state) {
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : state.tensors) {
    bytes += static_cast<std::int64_t>(tensor.nbytes());
  }
  return bytes;
}

/// A communicator-free stand-in of the run: one rank, the smallest batch that the options allow, so that a
/// plan for eight GPUs can be made on a laptop. Its every step takes the lazy phases, too, so that none of
/// them is measured cold.
TrainingOptions measurable(const TrainingOptions& options) {
  TrainingOptions small = options;
  const std::int64_t group = std::max(options.mbstd_group, 1);
  small.batch = std::min<std::int64_t>(options.batch, group);
  small.batch_gpu = 0;
  small.g_reg_interval = std::min(options.g_reg_interval, 1);
  small.d_reg_interval = std::min(options.d_reg_interval, 1);
  return small;
}

/// Builds the networks and measures.
void measureAdversarial(PlanFacts& facts,
                        const std::shared_ptr<const Dataset>& dataset,
                        JobContext& context) {
  const TrainingOptions& options = facts.options;
  const at::Device device = trainingDevice(options.device, 0);
  facts.device =
      device.is_cpu() ? fmt::format("CPU, {} threads", at::get_num_threads()) : "GPU " + device.str();
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  const TrainingOptions small = measurable(options);
  context.report({"building the networks", 0, 0, {}});
  Trainer trainer(small, dataset->resolution(), labelTable(*dataset), *alone, device);
  facts.generator = parameterTable(trainer.generator().store(), kDetail);
  facts.discriminator = parameterTable(trainer.discriminator().store(), kDetail - 2);
  if (!options.resume.empty()) {
    startFrom(trainer, options.resume, context);
  }
  if (std::optional<KnownPeople> people = knownPeople(options, *dataset)) {
    trainer.keepDrawing(std::move(*people));
  }
  const TrainingState state = trainer.state();
  facts.checkpoint_bytes = bytesOf(state);
  // A network file holds G_ema, G and D.
  facts.network_bytes = 4 * (2 * trainer.generator().store().parameterCount() +
                             trainer.discriminator().store().parameterCount());

  DataLoader loader(dataset,
                    {.seed = static_cast<std::uint64_t>(options.seed),
                     .batch = small.batch,
                     .count = small.batch,
                     .workers = options.workers});
  const std::int64_t before = static_cast<std::int64_t>(residentGigabytes() * (1 << 30));
  int steps = 0;
  const auto step = [&] {
    context.report({"measuring a step", steps++, 0, {}});
    const DataBatch batch = loader.next();
    const auto start = std::chrono::steady_clock::now();
    trainer.step(batch, [&] { context.checkpoint(); });
    synchronise(device);
    StepTimes times{.whole = secondsSince(start)};
    const std::map<std::string, double> phases = meansOf(trainer.stats().take(*alone));
    const auto time = [&](const char* name) { return phases.contains(name) ? phases.at(name) : 0.0; };
    times.g_main = time("Timing/Gmain");
    times.g_density = time("Timing/Greg");
    times.d_main = time("Timing/Dmain");
    times.d_r1 = time("Timing/Dreg");
    return times;
  };
  facts.step = measureStep(step, options.g_reg_interval, options.d_reg_interval);
  facts.step.pictures = small.batch;
  facts.step.gradient_bytes = trainer.exchangedBytes();

  // What a step takes beside the networks grows with the pictures that are worked on at once.
  const auto measured = [&](std::int64_t base, std::int64_t peak) {
    return MeasuredMemory{base, std::max<std::int64_t>(peak - base, 0) / small.batch};
  };
  if (device.is_cpu()) {
    facts.host = measured(before, peakResident());
  } else {
    facts.host = {peakResident(), 0};
    facts.device_memory =
        measured(bytesOf(state), static_cast<std::int64_t>(peakDeviceMemory(device).allocated * (1 << 30)));
  }
}

PlanFacts factsOf(const TrainingOptions& options, JobContext& context) {
  PlanFacts facts;
  facts.options = options;
  facts.options.resume = RunFolder::startOf(options);
  facts.images_done = options.out.empty() ? 0 : RunFolder::imagesIn(options.out);
  context.report({"reading the data set", 0, 0, {}});
  const auto dataset = std::make_shared<const Dataset>(options.dataset(), context);
  facts.resolution = dataset->resolution();
  facts.pictures = static_cast<std::int64_t>(dataset->entries().size());
  facts.items = static_cast<std::int64_t>(dataset->items().size());
  facts.people = dataset->personCount();
  facts.has_masks = dataset->hasMasks();
  if (options.warmup) {
    measureWarmup(facts, dataset, context);
  } else {
    measureAdversarial(facts, dataset, context);
  }
  return facts;
}

/// Why so many ranks would not be let begin; empty: they would.
std::string hindrance(const TrainingOptions& options, int ranks) {
  if (options.warmup && options.batch / options.warmup_views % ranks != 0) {
    return fmt::format("the {} people of a step do not divide by them", options.batch / options.warmup_views);
  }
  try {
    options.check(ranks);
    return {};
  } catch (const OptionError& error) {
    return error.what();
  }
}

}  // namespace

std::int64_t peakResident() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

TrainingPlan planTraining(const TrainingOptions& options, const PlanOptions& plan, JobContext& context) {
  options.check(1);
  PlanFacts facts;
  withLibraryErrors([&] { facts = factsOf(options, context); }, kLowerMemory);
  PlanOptions possible = plan;
  possible.ranks.clear();
  std::string others;
  for (const int ranks : plan.ranks) {
    if (const std::string why = hindrance(options, ranks); why.empty()) {
      possible.ranks.push_back(ranks);
    } else {
      others += fmt::format("  {} ranks cannot share this run: {}\n", ranks, why);
    }
  }
  TrainingPlan made = makePlan(facts, possible);
  made.text += others;
  return made;
}

}  // namespace panohead
