#include "app/commands/commands.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/dataset/dataset_check.h"
#include "core/dataset/dataset_pack.h"
#include "core/dataset/sample_sheet.h"

#include <fmt/format.h>

#include <map>
#include <memory>

namespace panohead::app {
namespace {

struct CheckOptions {
  DatasetCheckOptions check;
  std::filesystem::path histogram;
  std::filesystem::path sheet;
  bool json = false;
};

void runCheck(const CheckOptions& options, Terminal& terminal) {
  for (const std::filesystem::path& picture : {options.histogram, options.sheet}) {
    requireOtherFile(picture, {options.check.data, options.check.masks});
    requireSuffix(picture, ".png");
    requireFolderOf(picture);
  }
  const DatasetReport report = checkDataset(options.check, terminal);
  // What took long comes first: no picture that cannot be written loses it.
  printOut(options.json ? report.toJson() + "\n" : report.toText());
  if (!options.histogram.empty()) {
    writePng(options.histogram, drawPoseHistogram(report.poses));
    terminal.notice(fmt::format("histogram of the cameras in {}", options.histogram.string()));
  }
  if (!options.sheet.empty()) {
    writePng(options.sheet,
             drawSampleSheet({.data = options.check.data, .masks = options.check.masks}, terminal));
    terminal.notice(fmt::format("samples in {}", options.sheet.string()));
  }
  if (!report.canTrain()) {
    throw DatasetError(fmt::format("'{}' cannot be trained on", options.check.data.string()),
                       "the report says what to repair or to remove");
  }
}

void runPack(const DatasetPackOptions& options, Terminal& terminal) {
  for (const std::filesystem::path& zip : {options.picturesPath(), options.masksPath()}) {
    requireOtherFile(zip, {options.set.data, options.set.masks});
  }
  const DatasetPackResult result = packDataset(options, terminal);
  const auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  terminal.notice(fmt::format("{} pictures in {} ({:.1f} MB)",
                              result.pictures,
                              options.picturesPath().string(),
                              megabytes(result.picture_bytes)));
  if (result.mask_bytes > 0) {
    terminal.notice(fmt::format(
        "their masks in {} ({:.1f} MB)", options.masksPath().string(), megabytes(result.mask_bytes)));
  }
}

void addCheck(CLI::App& dataset, Invocation& invocation) {
  CLI::App& command =
      addCommand(dataset,
                 invocation,
                 "check",
                 "Looks at every picture, mask and label; exit code 1 when training could not start.",
                 {"--data heads_img.zip --masks heads_seg.zip",
                  "--data pictures --masks masks --histogram cameras.png --sheet samples.png",
                  "--data pictures --json > report.json"});
  const auto options = std::make_shared<CheckOptions>();
  addPath(command, "--data", options->check.data, "Folder or zip of pictures with dataset.json")->required();
  addPath(command, "--masks", options->check.masks, "Folder or zip of masks of the same names");
  addPath(command, "--histogram", options->histogram, "PNG to write: where the cameras are, yaw by pitch");
  addPath(command, "--sheet", options->sheet, "PNG to write: some pictures with the outlines of their masks");
  command.add_flag("--json", options->json, "JSON instead of text, with every problem");
  command.callback([options, &invocation] {
    invocation.run = [options, &invocation](Terminal& terminal) {
      options->check.threads = invocation.threads;
      runCheck(*options, terminal);
    };
  });
}

void addPack(CLI::App& dataset, Invocation& invocation) {
  CLI::App& command =
      addCommand(dataset,
                 invocation,
                 "pack",
                 "Makes zips for training from folders or zips; equal input gives equal files.",
                 {"--data pictures --masks masks --out heads",
                  "--data heads_img.zip --masks heads_seg.zip --out small --resolution 128 --format jpg",
                  "--data heads_img.zip --out fronts --yaw-min -60 --yaw-max 60 --max-size 5000"});
  const auto options = std::make_shared<DatasetPackOptions>();
  const auto max_size = std::make_shared<int>(0);
  const auto seed = std::make_shared<int>(0);
  DatasetOptions& set = options->set;
  addPath(command, "--data", set.data, "Folder or zip of pictures with dataset.json")->required();
  addPath(command, "--masks", set.masks, "Folder or zip of masks of the same names");
  addPath(command, "--out", options->out, "Beginning of the names: OUT_img.zip, and with masks OUT_seg.zip")
      ->required();
  const auto format = std::make_shared<std::string>("keep");
  command
      .add_option(
          "--format", *format, "Of pictures; keep copies them unless they must be shrunk. Masks become PNG")
      ->check(CLI::IsMember({"keep", "png", "jpg"}))
      ->capture_default_str();
  addInteger(command, "--quality", options->quality, {1, 100}, "Of JPEG");
  addInteger(command,
             "--resolution",
             set.resolution,
             {0, 512},
             "Pixels on a side: 64, 128, 256, 512; 0 = as they are");
  addNumber(
      command, "--yaw-min", set.yaw_min, {-180, 180}, "Degrees; 0 is the front, 90 the head's left side");
  addNumber(command, "--yaw-max", set.yaw_max, {-180, 180}, "Degrees");
  addNumber(command, "--pitch-min", set.pitch_min, {-90, 90}, "Degrees, positive from above");
  addNumber(command, "--pitch-max", set.pitch_max, {-90, 90}, "Degrees");
  addInteger(
      command, "--max-size", *max_size, {0, 2000000000}, "At most so many pictures, drawn by lot; 0 = all");
  addInteger(command, "--seed", *seed, {0, 2000000000}, "Of that lot");
  command.callback([=, &invocation] {
    invocation.run = [=, &invocation](Terminal& terminal) {
      const std::map<std::string, PackFormat> formats{
          {"keep", PackFormat::kKeep}, {"png", PackFormat::kPng}, {"jpg", PackFormat::kJpeg}};
      options->format = formats.at(*format);
      options->set.max_size = *max_size;
      options->set.seed = static_cast<std::uint64_t>(*seed);
      options->threads = invocation.threads;
      runPack(*options, terminal);
    };
  });
}

}  // namespace

void addDatasetCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(
      root,
      invocation,
      "dataset",
      "Checks sets of pictures for training, and packs them.",
      {"check --data heads_img.zip --masks heads_seg.zip", "pack --data pictures --masks masks --out heads"});
  command.require_subcommand(1);
  addCheck(command, invocation);
  addPack(command, invocation);
}

}  // namespace panohead::app
