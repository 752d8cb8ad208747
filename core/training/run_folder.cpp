#include "core/training/run_folder.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

namespace panohead {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCheckpointsKept = 2;
constexpr std::string_view kCheckpoint = "checkpoint-";
constexpr std::string_view kNetwork = "network-snapshot-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr const char* kOptionsFile = "training_options.json";
/// Of the files that a killed run may have left half written.
constexpr std::array<std::string_view, 11> kStems{kCheckpoint,
                                                  kNetwork,
                                                  "codes",
                                                  "fakes",
                                                  "reals",
                                                  "segs",
                                                  "training_options",
                                                  "metric-",
                                                  "stats",
                                                  "directions",
                                                  "run"};

/// The number between prefix and suffix of a name; nothing when it is of another form.
std::optional<std::int64_t> numberOf(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kSuffix) ||
      name.size() <= prefix.size() + kSuffix.size()) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - kSuffix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

struct Numbered {
  std::int64_t number = 0;
  fs::path path;
};

/// Files with the prefix, the largest number first.
std::vector<Numbered> numberedFiles(const fs::path& folder, std::string_view prefix) {
  std::vector<Numbered> found;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (const auto number = numberOf(i->path().filename().string(), prefix)) {
      found.push_back({*number, i->path()});
    }
  }
  std::ranges::sort(found, std::ranges::greater{}, &Numbered::number);
  return found;
}

fs::path networkPath(const fs::path& folder, std::int64_t images) {
  return folder / fmt::format("{}{:06}{}", kNetwork, images / 1000, kSuffix);
}

/// Whether a network file is what a run writes before its first step.
bool isUntrained(const fs::path& network) {
  try {
    SilentContext context;
    const auto metadata = openCheckpoint(network, context).metadata;
    const TrainingOptions options = TrainingOptions::fromJson(metadata.at("training_options"));
    return std::stoll(metadata.at("images_seen")) <= firstImages(options);
  } catch (const Error&) {
    return false;
  } catch (const std::logic_error&) {  // no such metadata, or no number
    return false;
  }
}

/// Networks that somebody has trained, the newest first.
std::vector<Numbered> trainedNetworks(const fs::path& folder) {
  std::vector<Numbered> networks = numberedFiles(folder, kNetwork);
  // Each start that was killed early leaves one, and another --resume-kimg gives it another name.
  std::erase_if(networks, [](const Numbered& network) { return isUntrained(network.path); });
  return networks;
}

bool hasProgress(const fs::path& folder) {
  return !numberedFiles(folder, kCheckpoint).empty() || !trainedNetworks(folder).empty();
}

/// 0 stands for the resolution of the data, which the networks of a checkpoint are compared with anyway.
bool sameResolution(const TrainingOptions& a, const TrainingOptions& b) {
  return a.resolution == 0 || b.resolution == 0 || a.resolution == b.resolution;
}

/// The options without folders of this machine: model files travel.
std::string portableOptions(TrainingOptions options) {
  for (const auto& row : trainingOptionTable()) {
    if (const auto* member = std::get_if<fs::path TrainingOptions::*>(&row.member)) {
      options.** member = (options.**member).filename();
    }
  }
  return options.toJson();
}

/// A run's sheets among the pictures would be pictures of the set from then on.
void requireOwnFolder(const TrainingOptions& options) {
  std::error_code ignored;
  const fs::path out = fs::weakly_canonical(options.out, ignored);
  for (const fs::path& data : {options.data, options.masks}) {
    const fs::path folder = fs::weakly_canonical(data, ignored);
    if (fs::is_directory(folder, ignored) && std::ranges::mismatch(folder, out).in1 == folder.end()) {
      throw OptionError(
          fmt::format("--out: '{}' lies in the data set '{}'", options.out.string(), data.string()),
          "name a folder of its own for the run");
    }
  }
}

}  // namespace

RunFolder::RunFolder(const TrainingOptions& options, bool take_over) : path_(options.out), options_(options) {
  if (path_.empty()) {
    throw OptionError("--out: no run folder is named", "name a new folder, or that of a run to continue");
  }
  requireOwnFolder(options_);
  makeFolder(path_);
  lock_.emplace(path_, take_over);
  removeLeftovers(path_, kStems, true);
  compareOptions();
  writeText(path_ / kOptionsFile, options_.toJson() + "\n");
}

TrainingOptions RunFolder::optionsIn(const fs::path& folder) {
  const fs::path file = folder / kOptionsFile;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    throw TrainingError(fmt::format("'{}' has no {}", folder.string(), kOptionsFile),
                        "name the folder of a training run; choose another --out for a new run");
  }
  try {
    return readTrainingOptions(file);
  } catch (const OptionError& error) {
    throw TrainingError(error.what(), error.hint());
  }
}

std::int64_t RunFolder::imagesIn(const fs::path& folder) {
  const std::vector<Numbered> checkpoints = numberedFiles(folder, kCheckpoint);
  return checkpoints.empty() ? 0 : checkpoints.front().number;
}

fs::path RunFolder::startOf(const TrainingOptions& options) {
  const bool known = !options.resume.empty() || options.out.empty() || !hasProgress(options.out);
  return known ? options.resume : optionsIn(options.out).resume;
}

void RunFolder::compareOptions() {
  if (!hasProgress(path_)) {
    return;  // whatever was wished for before, nothing is lost
  }
  const TrainingOptions before = optionsIn(path_);
  options_.resume = startOf(options_);
  for (const auto& row : trainingOptionTable()) {
    if (sameOption(before, options_, row) ||
        (row.name == std::string_view("resolution") && sameResolution(before, options_))) {
      continue;
    }
    const std::string was = optionText(optionValue(before, row));
    const std::string is = optionText(optionValue(options_, row));
    if (row.name == std::string_view("resume")) {
      throw OptionError(fmt::format("--resume: '{}' holds a run already, begun from {}",
                                    path_.string(),
                                    was.empty() ? "random weights" : fmt::format("'{}'", was)),
                        "leave --resume out to continue it, or choose another --out for a new run");
    }
    if (row.fixed) {
      throw OptionError(fmt::format("{}: the run in '{}' has {}, which {} cannot continue",
                                    optionFlag(row.name),
                                    path_.string(),
                                    was,
                                    is),
                        fmt::format("choose {} to continue it, or another --out for a new run", was));
    }
    if (row.name != std::string_view("out")) {
      notices_.push_back(fmt::format("{} is {} from here on, was {}", optionFlag(row.name), is, was));
    }
  }
}

std::optional<ResumePoint> RunFolder::resume() {
  std::vector<std::pair<fs::path, std::string>> damaged;
  for (const Numbered& file : numberedFiles(path_, kCheckpoint)) {
    try {
      ResumePoint point{file.number, file.path, readTrainingState(file.path)};
      for (const auto& [path, fault] : damaged) {  // else they would count as the newest for ever
        std::error_code ignored;
        fs::rename(path, path.string() + ".damaged", ignored);
        notices_.push_back(fmt::format("{}; it is called {}.damaged now", fault, path.filename().string()));
      }
      return point;
    } catch (const CheckpointError& error) {
      damaged.emplace_back(file.path, error.what());
    }
  }
  const std::vector<Numbered> networks = trainedNetworks(path_);
  if (!damaged.empty() || !networks.empty()) {
    throw TrainingError(
        fmt::format("'{}' holds a run, but no checkpoint that can continue it", path_.string()),
        networks.empty() ? "choose another --out for a new run"
                         : fmt::format("choose another --out, and --resume {} to start from its network",
                                       networks.front().path.string()),
        damaged.empty() ? std::string() : damaged.front().second);
  }
  return std::nullopt;
}

fs::path RunFolder::writeCheckpoint(std::int64_t images, const TrainingState& state) {
  const fs::path path = path_ / fmt::format("{}{:010}{}", kCheckpoint, images, kSuffix);
  writeTrainingState(path, state);
  const std::vector<Numbered> files = numberedFiles(path_, kCheckpoint);
  for (std::size_t i = kCheckpointsKept; i < files.size(); ++i) {
    std::error_code ignored;
    fs::remove(files[i].path, ignored);
  }
  return path;
}

fs::path RunFolder::writeNetworks(std::int64_t images, std::span<const NetworkState> networks) {
  const fs::path path = networkPath(path_, images);
  SilentContext context;
  writeSafetensors(path,
                   networks,
                   {.metadata = {{"training_options", portableOptions(options_)},
                                 {"images_seen", fmt::format("{}", images)}}},
                   context);
  return path;
}

bool RunFolder::hasNetworkOf(std::int64_t images) const {
  try {
    SilentContext context;
    return openCheckpoint(networkPath(path_, images), context).metadata.at("images_seen") ==
           fmt::format("{}", images);
  } catch (const Error&) {
    return false;
  } catch (const std::out_of_range&) {  // no such metadata
    return false;
  }
}

SheetPaths RunFolder::sheetPaths(std::int64_t images) const {
  std::string stem = fmt::format("fakes{:06}", images / 1000);
  std::error_code ignored;
  if (images % 1000 != 0 && fs::exists(path_ / (stem + ".png"), ignored)) {
    stem += fmt::format(".{:03}", images % 1000);
  }
  return {path_ / (stem + ".png"),
          path_ / (stem + "_raw.png"),
          path_ / (stem + "_depth.png"),
          path_ / (stem + "_mask.png"),
          path_ / "reals.png",
          path_ / "segs.png"};
}

}  // namespace panohead
