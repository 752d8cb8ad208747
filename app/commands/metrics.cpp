#include "app/commands/commands.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text_values.h"
#include "core/session/model_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace panohead::app {
namespace {

struct MetricsCommand {
  MetricsOptions options;
  bool json = false;
  std::filesystem::path out;
};

std::string metricHelp() {
  std::string help = "Comma-separated; without it all that the given files allow:";
  for (const MetricInfo& metric : metricNames()) {
    help += fmt::format("\n{}: {}{}",
                        metric.name,
                        metric.about,
                        metric.needs_inception ? " (--data, --inception)"
                        : metric.needs_data    ? " (--data)"
                                               : "");
  }
  return help;
}

std::vector<std::string> namesOf(const std::string& text) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

void run(const MetricsCommand& command, Terminal& terminal) {
  const MetricsOptions& options = command.options;
  requireOtherFile(command.out,
                   {options.model, options.data, options.masks, options.inception, options.features});
  requireFolderOf(command.out);
  const MetricsReport report = runMetrics(options, terminal);
  // What took long comes first: no file that cannot be written loses it.
  printOut(command.json ? report.toJson() : report.toText());
  if (!command.out.empty()) {
    writeText(command.out, report.toJson());
  }
}

/// A whole number of the options' own type.
template <typename Number>
void addCount(
    CLI::App& command, const std::string& name, Number& value, std::int64_t high, const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&value, name, high](const std::string& text) {
            value = static_cast<Number>(parseInteger(text, 0, high, name));
          },
          help)
      ->type_name("N")
      ->default_str(fmt::format("{}", value));
}

}  // namespace

void addMetricsCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "metrics",
                 "Measures how good a model's heads are.",
                 {"",
                  "--model heads.safetensors --data heads_img.zip --masks heads_seg.zip",
                  "--metrics view_consistency,mirrored_face --images 512 --psi 0.7",
                  "--data heads_img.zip --inception inception.pt --metrics fid,kid --images 5000",
                  "--data heads_img.zip --masks heads_seg.zip --features run.safetensors"});
  const auto all = std::make_shared<MetricsCommand>();
  MetricsOptions& options = all->options;
  addPath(command, "--model", options.model, "Model file; without it the one that ships with the program")
      ->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--metrics", [&options](const std::string& text) { options.metrics = namesOf(text); }, metricHelp())
      ->type_name("LIST");
  addPath(command, "--data", options.data, "Real pictures: folder or zip with dataset.json")
      ->type_name("DIR|ZIP");
  addPath(command, "--masks", options.masks, "Their masks: folder or zip with the same stems")
      ->type_name("DIR|ZIP");
  command.add_flag("--mirror", options.mirror, "The set's pictures count flipped, too");
  addPath(command,
          "--inception",
          options.inception,
          "TorchScript of the Inception network, or the published pickle that holds it. A TorchScript is a "
          "program that will be run: name only a file that you trust")
      ->type_name("FILE");
  addPath(command, "--features", options.features, "Checkpoint whose discriminator gives features")
      ->type_name("FILE");
  addCount(command,
           "--images",
           options.images,
           10'000'000,
           "Pictures of the model; 16 of them are one head; 0 = 128 for heads, 1024 for distributions");
  addCount(command, "--reals", options.reals, 10'000'000, "Real pictures that are compared; 0 = as many");
  addCount(command, "--seed", options.seed, 4'000'000'000, "Seed of the first head; the others follow it");
  addNumber(
      command, "--psi", options.truncation_psi, {-2, 2}, "Truncation: 1 = as drawn, 0 = the average head");
  addInteger(
      command, "--cutoff", options.truncation_cutoff, {-1, 1000}, "Layers that are truncated; -1 = all");
  addIntegerOrZero(command,
                   "--resolution",
                   options.neural_resolution,
                   {8, 512},
                   "Pixels a side of volume rendering, 8 to 512; 0 = the model's");
  addInteger(command, "--batch", options.batch, {1, 1024}, "Pictures that go through the networks at once");
  addPath(command, "--cache", options.cache, "Folder for the data's features; without it the user's cache")
      ->type_name("DIR");
  command.add_flag("--json", all->json, "JSON instead of the table");
  addPath(command, "--out", all->out, "Also writes the JSON into a file")->type_name("FILE");
  command.callback(
      [all, &invocation] { invocation.run = [all](Terminal& terminal) { run(*all, terminal); }; });
}

}  // namespace panohead::app
