#include "core/training/warmup/warmup_start.h"

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/training/training_networks.h"
#include "core/training/wake_camera.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

constexpr std::int64_t kBackgroundDims = 64;  // of w
constexpr std::int64_t kPictureMegabytes = 4096;

std::optional<AttributeTable> attributesOf(const TrainingOptions& options, const PeoplePictures& people) {
  return options.attributes.empty() ? std::nullopt
                                    : std::optional(readAttributes(options.attributes, people.names));
}

Generator firstGenerator(const TrainingOptions& options, int resolution, JobContext& context) {
  if (options.resume.empty()) {
    Generator generator(generatorConfig(options, resolution), static_cast<std::uint64_t>(options.seed));
    prepareForWarmup(generator, kBackgroundDims);
    return generator;
  }
  const Checkpoint checkpoint = openCheckpoint(options.resume, context);
  Generator generator = loadGenerator(checkpoint.network());
  if (generator.config().img_resolution != resolution) {
    throw OptionError(
        fmt::format("--resume: '{}' makes pictures of {} px, the data has {}",
                    options.resume.string(),
                    generator.config().img_resolution,
                    resolution),
        fmt::format("add --resolution {}, or start from another network", generator.config().img_resolution));
  }
  wakeCamera(generator.store());  // for the adversarial training after this one
  return generator;
}

}  // namespace

WarmupOptions warmupOptions(const TrainingOptions& o, const GeneratorConfig& config, std::int64_t people) {
  const bool from_network = !o.resume.empty();
  if (o.batch % o.warmup_views != 0) {
    throw OptionError(
        fmt::format("--batch: {} does not divide by {} views of each person", o.batch, o.warmup_views),
        "choose a multiple of --warmup-views");
  }
  if (o.warmup_codes_only && !from_network) {
    throw OptionError("--warmup-codes-only: there is no network that the codes could be for",
                      "name one with --resume, or learn a network and codes together");
  }
  WarmupOptions w;
  w.steps = std::max<std::int64_t>(1, std::llround(o.kimg * 1e3 / static_cast<double>(o.batch)));
  w.heads = o.batch / o.warmup_views;
  w.patch.views = o.warmup_views;
  w.patch.neural = static_cast<int>(config.neural_resolution);
  w.patch.patch = std::max(8, w.patch.neural / 2);
  w.patch.margin = w.patch.neural / 8;
  w.samples = std::max(4, config.volume.coarse_samples / 2);
  w.code_steps = o.warmup_codes_only ? w.steps : from_network ? std::min<std::int64_t>(500, w.steps / 20) : 0;
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
  w.refine_from = o.warmup_codes_only ? -1 : w.steps - texture_steps - w.steps / 20;
  w.texture_weight = o.warmup_texture;
  w.rate = o.warmup_rate;
  w.rate_end = o.warmup_rate / 15;
  w.background_dims = kBackgroundDims;
  w.held_out = o.held_out >= 0 ? o.held_out : static_cast<int>(std::min<std::int64_t>(50, people / 30));
  w.seed = static_cast<std::uint64_t>(o.seed);
  w.check();
  return w;
}

WarmupStart::WarmupStart(const TrainingOptions& training,
                         std::shared_ptr<const Dataset> dataset,
                         int ranks,
                         JobContext& context)
    : WarmupStart(training, peopleOf(std::move(dataset)), ranks, context) {}

WarmupStart::WarmupStart(const TrainingOptions& training,
                         PeoplePictures people,
                         int ranks,
                         JobContext& context)
    : attributes(attributesOf(training, people)),
      generator(firstGenerator(training, people.resolution, context)),
      bank(std::move(people),
           static_cast<int>(generator.config().neural_resolution),
           kPictureMegabytes / ranks),
      options(warmupOptions(
          training, generator.config(), static_cast<std::int64_t>(bank.people().names.size()))) {}

std::int64_t WarmupStart::headDims() const noexcept { return generator.config().w_dim - kBackgroundDims; }

std::optional<BackgroundOptions> WarmupStart::backgrounds(const TrainingOptions& training) const {
  if (!training.resume.empty() || !generator.config().background) {
    return std::nullopt;
  }
  BackgroundOptions background;
  background.seed = static_cast<std::uint64_t>(training.seed);
  background.steps = std::min<std::int64_t>(background.steps, std::llround(training.kimg * 1e3 / 4 / 8) + 1);
  return background;
}

}  // namespace panohead
