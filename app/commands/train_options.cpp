#include "app/commands/train_options.h"

#include "app/commands/commands.h"
#include "core/base/error.h"
#include "core/base/text_values.h"
#include "core/dataset/dataset.h"
#include "core/dataset/dataset_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <system_error>

namespace panohead::app {
namespace {

std::string typeName(const OptionRow<TrainingOptions>& row) {
  if (!row.choices.empty()) {
    return fmt::format("TEXT:{{{}}}", fmt::join(row.choices, ","));
  }
  constexpr std::array kNames{"BOOL", "N", "N", "NUMBER", "TEXT", "PATH"};  // in the order of OptionValue
  return kNames[row.member.index()];
}

/// A flag of the published program that ours has under another name or in one setting only.
struct Published {
  const char* name;
  const char* help;
  void (*apply)(const std::string& text, TrainingOptions& options);
};

[[noreturn]] void refuse(const char* name, const std::string& text, const char* what, const char* hint) {
  throw OptionError(fmt::format("--{}: '{}' is not possible here: {}", name, text, what), hint);
}

bool isAnyOf(const std::string& text, std::initializer_list<const char*> words) {
  return std::ranges::find(words, text) != words.end();
}

void setDiscriminator(const std::string& text, TrainingOptions& options) {
  if (text == "MaskDualDiscriminatorV2") {
    options.discriminator = "v2";
  } else if (text == "MaskDualDiscriminator") {
    options.discriminator = "v1";
  } else if (text == "DualDiscriminator") {
    options.discriminator = "dual";
  } else {
    refuse("disc-module",
           text,
           "there is no such discriminator",
           "choose MaskDualDiscriminatorV2, or see --discriminator");
  }
}

void setLargestYaw(const std::string& text, TrainingOptions& options) {
  options.yaw_max = parseNumber(text, 0, 180, "--max-yaw");
  options.yaw_min = -options.yaw_max;
}

void setSmallestYaw(const std::string& text, TrainingOptions&) {
  if (parseNumber(text, 0, 180, "--min-yaw") != 0) {
    refuse("min-yaw", text, "pictures are chosen by one range of signed yaw", "see --yaw-min and --yaw-max");
  }
}

void setHalfPrecision(const std::string& text, TrainingOptions& options) {
  options.num_fp16_res = static_cast<int>(parseInteger(text, 0, 9, "--sr-num-fp16-res"));
}

void checkRanks(const std::string& text, TrainingOptions&) {
  if (parseInteger(text, 1, 65536, "--gpus") != 1) {
    refuse("gpus",
           text,
           "each GPU has a process of its own",
           "start the command by mpirun -n RANKS, without --gpus");
  }
}

void requireLabels(const std::string& text, TrainingOptions&) {
  if (!isAnyOf(text, {"True", "true", "1"})) {
    refuse("cond", text, "training always uses the cameras of dataset.json", "leave --cond out");
  }
}

void requireNoAugmentation(const std::string& text, TrainingOptions&) {
  if (text != "noaug") {
    refuse("aug", text, "pictures are not augmented", "choose --aug noaug, as the published models do");
  }
}

void requireFullPrecisionBackbone(const std::string& text, TrainingOptions&) {
  if (text != "0") {
    refuse("g-num-fp16-res",
           text,
           "the backbone runs in full precision",
           "choose 0, as the published models do");
  }
}

void requireWord(const char* name,
                 const std::string& text,
                 std::initializer_list<const char*> words,
                 const char* what) {
  if (!isAnyOf(text, words)) {
    refuse(name, text, what, "leave it out");
  }
}

void requireNumber(const char* name, const std::string& text, double value, const char* what) {
  constexpr double kWritten = 1e-3;  // people round 2 to the power of 2.1
  if (std::abs(parseNumber(text, -1e9, 1e9, fmt::format("--{}", name)) - value) > kWritten) {
    refuse(name, text, what, "leave it out");
  }
}

void ignore(const std::string&, TrainingOptions&) {}

/// No larger pictures than the set has. Of a set that cannot be read, or is too small, its opening tells.
void shrinkToData(TrainingOptions& options, JobContext& context) {
  int stored = 0;
  try {
    stored = storedResolution(options.data, context);
  } catch (const Cancelled&) {
    throw;
  } catch (const Error&) {
    return;
  }
  const auto possible = static_cast<int>(std::bit_floor(static_cast<unsigned>(stored)));
  if (possible >= kMinResolution) {
    options.resolution = std::min(options.resolution, possible);
  }
}

constexpr const char* kNotAugmented = "pictures are not augmented";
constexpr const char* kNotAliasFree = "there is no alias-free super-resolution";

constexpr std::array kPublished{
    Published{"disc-module", "Class of the discriminator; see --discriminator", setDiscriminator},
    Published{"max-yaw", "Largest yaw to both sides, degrees; see --yaw-max", setLargestYaw},
    Published{"min-yaw", "0; see --yaw-min", setSmallestYaw},
    Published{"sr-num-fp16-res", "See --num-fp16-res", setHalfPrecision},
    Published{"g-num-fp16-res", "0", requireFullPrecisionBackbone},
    Published{"gpus", "1; more by mpirun", checkRanks},
    Published{"cond", "True", requireLabels},
    Published{"aug", "noaug", requireNoAugmentation},
    Published{
        "p",
        "0.2, which counts for --aug alone",
        [](const std::string& text, TrainingOptions&) { requireNumber("p", text, 0.2, kNotAugmented); }},
    Published{
        "target",
        "0.6, which counts for --aug alone",
        [](const std::string& text, TrainingOptions&) { requireNumber("target", text, 0.6, kNotAugmented); }},
    Published{"c-noise",
              "0",
              [](const std::string& text, TrainingOptions&) {
                requireNumber("c-noise", text, 0, "the generator's camera label gets no noise");
              }},
    Published{"g-architecture",
              "skip",
              [](const std::string& text, TrainingOptions&) {
                requireWord("g-architecture", text, {"skip"}, "the backbone adds up pictures by skips");
              }},
    Published{
        "nobench",
        "False",
        [](const std::string& text, TrainingOptions&) {
          requireWord(
              "nobench", text, {"False", "false", "0"}, "cuDNN always looks for its fastest algorithms");
        }},
    Published{"sr-module",
              "None: --resolution decides",
              [](const std::string& text, TrainingOptions&) {
                requireWord("sr-module",
                            text,
                            {"None", "none"},
                            "--resolution decides: 8XDC for 512, 4X for 256, 2X for 128 and 64");
              }},
    Published{"sr-first-cutoff",
              "2, which counts for alias-free networks alone",
              [](const std::string& text, TrainingOptions&) {
                requireNumber("sr-first-cutoff", text, 2, kNotAliasFree);
              }},
    Published{"sr-first-stopband",
              "4.287, which counts for alias-free networks alone",
              [](const std::string& text, TrainingOptions&) {
                requireNumber("sr-first-stopband", text, 4.28709385, kNotAliasFree);
              }},
    Published{"seg-resolution",
              "128",
              [](const std::string& text, TrainingOptions&) {
                requireNumber("seg-resolution", text, 128, "masks are judged at 128 px or with the picture");
              }},
    Published{"seg-channels",
              "1",
              [](const std::string& text, TrainingOptions&) {
                requireNumber("seg-channels", text, 1, "a mask has one channel");
              }},
    Published{"cfg",
              "ffhq or afhq, which differ in nothing that trains",
              [](const std::string& text, TrainingOptions&) {
                if (text != "ffhq" && text != "afhq") {
                  refuse("cfg",
                         text,
                         "it stands for rays, samples and a background of its own",
                         "give --ray-start, --ray-end, --depth-resolution, --white-back, ... instead");
                }
              }},
    Published{"desc", "Anything: --out names the folder", ignore}};

}  // namespace

void TrainArguments::addTo(CLI::App& command) {
  command.add_option("--preset", preset_, "Where the options start; what else is named changes them")
      ->check(CLI::IsMember(trainingPresetNames()));
  addPath(command, "--options", file_, "The same from a file, such as the training_options.json of a run")
      ->type_name("FILE")
      ->excludes("--preset");
  for (const auto& row : trainingOptionTable()) {
    addRow(command, row);
  }
  addPublished(command);
}

void TrainArguments::addRow(CLI::App& command, const OptionRow<TrainingOptions>& row) {
  const std::string flag = optionFlag(row.name);
  std::string names = flag;
  if (row.alias != nullptr) {
    names += "," + optionFlag(row.alias);
  }
  const TrainingOptions defaults;
  const bool is_bool = std::holds_alternative<bool TrainingOptions::*>(row.member);
  CLI::Option* option = command.add_option_function<std::string>(
      names,
      [this, &row, flag, is_bool](const std::string& text) {
        if (text.empty() && std::holds_alternative<std::filesystem::path TrainingOptions::*>(row.member)) {
          throw OptionError(fmt::format("{}: the name is empty", flag),
                            "name a file or folder; perhaps a variable of the shell is not set");
        }
        const std::string meant = is_bool && text.empty() ? "true" : text;
        TrainingOptions probe;  // wrong text is told at once
        setOptionText(probe, row, meant, flag);
        changes_.emplace_back(
            [&row, flag, meant](TrainingOptions& options) { setOptionText(options, row, meant, flag); });
      },
      row.help);
  option->group(row.group)->type_name(typeName(row));
  const std::string fallback = optionText(optionValue(defaults, row));
  if (is_bool) {  // "--mirror" alone means true; a default_str would be taken for the missing value
    option->expected(0, 1);
    option->description(fmt::format("{} [{}]", row.help, fallback));
  } else if (!fallback.empty()) {
    option->default_str(fallback);
  }
}

void TrainArguments::addPublished(CLI::App& command) {
  for (const Published& published : kPublished) {
    CLI::Option* option = command.add_option_function<std::string>(
        fmt::format("--{}", published.name),
        [this, &published](const std::string& text) {
          TrainingOptions probe;
          published.apply(text, probe);
          changes_.emplace_back(
              [&published, text](TrainingOptions& options) { published.apply(text, options); });
        },
        published.help);
    option->group("Published spellings")->type_name("TEXT");
    if (published.apply == setHalfPrecision) {  // of both networks together: one of two numbers would be lost
      option->excludes("--num-fp16-res");
    }
  }
}

TrainingOptions TrainArguments::options(JobContext& context) const {
  TrainingOptions named;  // to know --out
  for (const auto& change : changes_) {
    change(named);
  }
  const std::filesystem::path of_run = named.out / "training_options.json";
  std::error_code ignored;
  TrainingOptions options;
  if (!preset_.empty()) {
    options = trainingPreset(preset_);
  } else if (!file_.empty()) {
    options = readTrainingOptions(file_);
  } else if (!named.out.empty() && std::filesystem::exists(of_run, ignored)) {
    options = readTrainingOptions(of_run);
  }
  for (const auto& change : changes_) {
    change(options);
  }
  const bool as_preset = named.resolution == 0 && options.resolution != 0;
  if (preset_ == "smoke" && as_preset && !options.data.empty()) {
    shrinkToData(options, context);
  }
  return options;
}

}  // namespace panohead::app
