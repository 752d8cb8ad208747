#include "core/training/training_options.h"

#include "core/base/error.h"
#include "core/base/regular_file.h"
#include "core/generator/generator_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace panohead {
namespace {

bool powerOfTwo(std::int64_t value) {
  return value > 0 && std::has_single_bit(static_cast<std::uint64_t>(value));
}

void require(bool fits, const std::string& message, const std::string& hint) {
  if (!fits) {
    throw OptionError(message, hint);
  }
}

void checkData(const TrainingOptions& o) {
  require(
      !o.data.empty(), "--data: no data set is named", "name a folder or zip of pictures with dataset.json");
  require(o.discriminator == "dual" || !o.masks.empty(),
          fmt::format("--masks: the discriminator {} judges masks, but none are named", o.discriminator),
          "name a folder or zip of masks, or choose --discriminator dual");
  require(o.yaw_min < o.yaw_max,
          fmt::format("--yaw-min: {} is not below --yaw-max {}", o.yaw_min, o.yaw_max),
          "choose a range that is not empty, such as -180 to 180");
  require(o.pitch_min < o.pitch_max,
          fmt::format("--pitch-min: {} is not below --pitch-max {}", o.pitch_min, o.pitch_max),
          "choose a range that is not empty, such as -90 to 90");
}

void checkBatch(const TrainingOptions& o, int ranks) {
  const std::int64_t below = std::max<std::int64_t>(o.batch / ranks, 1) * ranks;
  require(o.batch % ranks == 0,
          fmt::format("--batch: {} pictures cannot be divided among {} ranks", o.batch, ranks),
          fmt::format("choose a multiple of {}, such as {}", ranks, below < o.batch ? below + ranks : below));
  const std::int64_t per_rank = o.batch / ranks;
  const std::int64_t at_once = o.batch_gpu == 0 ? per_rank : o.batch_gpu;
  require(at_once <= per_rank && per_rank % at_once == 0,
          fmt::format("--batch-gpu: {} pictures at once do not divide the {} of a rank", at_once, per_rank),
          fmt::format("choose a divisor of {}, or 0 for all at once", per_rank));
  if (o.warmup) {
    return;  // mixes no items
  }
  const std::int64_t group = std::min<std::int64_t>(o.mbstd_group, o.batch);
  require(at_once >= group,
          fmt::format("{}: {} pictures at once would split the groups of {} that --mbstd-group asks for",
                      o.batch_gpu == 0 && ranks > 1 ? fmt::format("--batch: {} ranks", ranks) : "--batch-gpu",
                      at_once,
                      group),
          fmt::format("take fewer ranks or --mbstd-group {}; in a new folder, a larger --batch", at_once));
  require(at_once % group == 0,
          fmt::format("--batch-gpu: {} pictures at once are no multiple of --mbstd-group {}", at_once, group),
          fmt::format("choose batches that are multiples of {}, or another --mbstd-group", group));
}

void checkShapes(const TrainingOptions& o) {
  require(o.resolution == 0 || (powerOfTwo(o.resolution) && o.resolution >= 64 && o.resolution <= 512),
          fmt::format("--resolution: there is no super-resolution network for {} px", o.resolution),
          "choose 64, 128, 256 or 512, or 0 for the resolution of the data");
  require(powerOfTwo(o.triplane_size),
          fmt::format("--triplane-size: {} is no power of two", o.triplane_size),
          "choose 64, 128, 256 or 512");
  if (o.resolution != 0 && o.background) {
    const std::int64_t needed = superResolutionInputFor(o.resolution);
    require(o.triplane_size >= needed,
            fmt::format(
                "--triplane-size: the background of {} px pictures needs {} or more", o.resolution, needed),
            fmt::format("choose {}, or --use-background false", needed));
  }
  require(o.ray_start < o.ray_end,
          fmt::format("--ray-end: {} is not behind --ray-start {}", o.ray_end, o.ray_start),
          "choose the stretch of a ray in which the head lies: 2.25 to 3.3 for cameras at distance 2.7");
  const int final_resolution = o.neural_rendering_resolution_final;
  require(final_resolution == 0 || final_resolution >= o.neural_rendering_resolution_initial,
          fmt::format("--neural-rendering-resolution-final: {} is below the initial {}",
                      final_resolution,
                      o.neural_rendering_resolution_initial),
          "choose a larger one, or 0 for no change");
}

void checkLosses(const TrainingOptions& o) {
  require(o.background || o.bcg_reg_prob == 0,
          "--bcg-reg-prob: backgrounds cannot be swapped without a background network",
          "choose --bcg-reg-prob 0 or --use-background true");
  require(o.warmup || o.attributes.empty(),
          "--attributes: only a warm-up reads the attributes of people",
          "add --warmup, or leave --attributes out");
  require(o.warmup || !o.warmup_codes_only,
          "--warmup-codes-only: only a warm-up learns codes",
          "add --warmup, or leave it out");
  require(!o.warmup_codes_only || o.warmup_texture == 0,
          "--warmup-texture: with --warmup-codes-only super-resolution learns nothing",
          "leave one of the two out");
  require(!o.warmup || o.reconstruction == 0,
          "--reconstruction: a warm-up has no adversary to keep it beside",
          "leave --reconstruction or --warmup out");
  require(o.reconstruction == 0 || !o.masks.empty(),
          "--reconstruction: people are compared inside their masks, but none are named",
          "name a folder or zip of masks with --masks");
  require(o.reconstruction == 0 || o.sr_noise_mode != "random",
          "--sr-noise-mode: random noise is nothing that --reconstruction could learn",
          "choose const or none");
  require(!o.warmup || o.device != "cuda",
          "--device cuda: the warm-up computes on the CPU alone",
          "leave --device out, or choose --device cpu");
  require(!o.warmup || o.resume_kimg == 0,
          "--resume-kimg: a warm-up counts its own steps only",
          "leave --resume-kimg out");
  require(o.resume_kimg == 0 || o.resume_kimg < o.kimg,
          fmt::format("--resume-kimg {} leaves nothing to train of --kimg {}", o.resume_kimg, o.kimg),
          "raise --kimg, which counts those pictures too, or lower --resume-kimg");
}

}  // namespace

DatasetOptions TrainingOptions::dataset() const {
  return {.data = data,
          .masks = masks,
          .resolution = resolution,
          .mirror = mirror,
          .yaw_min = yaw_min,
          .yaw_max = yaw_max,
          .pitch_min = pitch_min,
          .pitch_max = pitch_max,
          .back_repeat = back_repeat,
          .max_size = max_size,
          .seed = static_cast<std::uint64_t>(seed)};
}

void TrainingOptions::check(int ranks) const {
  checkOptions(*this, trainingOptionTable());
  checkData(*this);
  checkBatch(*this, ranks);
  checkShapes(*this);
  checkLosses(*this);
}

std::string TrainingOptions::toJson() const {
  std::vector<NamedOptionValue> values;
  for (const auto& row : trainingOptionTable()) {
    values.emplace_back(row.name, optionValue(*this, row));
  }
  return optionsToJson(values);
}

TrainingOptions TrainingOptions::fromJson(std::string_view text) {
  TrainingOptions options;
  for (const auto& [name, value] : optionsFromJson(text, "the text with the training options")) {
    const auto* row = findOption(trainingOptionTable(), name);
    if (row == nullptr) {
      throw OptionError(fmt::format("'{}' is no training option of this version", name),
                        "remove it, or use the version of the program that wrote the options");
    }
    setOption(options, *row, value, name);
  }
  return options;
}

std::int64_t firstImages(const TrainingOptions& options) { return std::llround(options.resume_kimg * 1e3); }

TrainingOptions readTrainingOptions(const std::filesystem::path& file) {
  const TextFile read = readGivenText(file, 10'000'000);
  if (!read.isRead()) {
    throw OptionError(fmt::format("cannot read '{}': {}", file.string(), read.fault),
                      "name a file that exists");
  }
  try {
    return TrainingOptions::fromJson(read.text);
  } catch (const OptionError& error) {
    throw OptionError(fmt::format("'{}' cannot be used: {}", file.string(), error.what()), error.hint());
  }
}

}  // namespace panohead
