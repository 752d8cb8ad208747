#include "app/commands/commands.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/pose_offset.h"
#include "core/checkpoint/safetensors.h"
#include "core/session/other_kinds.h"

#include <fmt/format.h>

#include <memory>

namespace panohead::app {
namespace {

struct ConvertOptions {
  std::filesystem::path file;
  std::filesystem::path out;
  bool half = false;
  std::string network;  // empty: the one to draw with; "all"
};

void runConvert(const ConvertOptions& options, Terminal& terminal) {
  requireOtherFile(options.out, {options.file});
  requireSuffix(options.out, ".safetensors");
  refuseOtherKinds(options.file);
  const Checkpoint checkpoint = openCheckpoint(options.file, terminal);
  std::vector<NetworkState> networks = checkpoint.networks;
  if (options.network != "all") {
    networks = {checkpoint.network(options.network)};
  }
  SafetensorsOptions format{.half = options.half, .metadata = provenanceOf(checkpoint, terminal)};
  format.metadata["converted_by"] = "panohead-studio " PANOHEAD_VERSION;
  if (const double offset = poseOffsetPitch(checkpoint, networks.front()); offset != 0) {
    format.metadata[kPoseOffsetPitch] = fmt::format("{}", offset);  // the result is no pickle any more
  }
  writeSafetensors(options.out, networks, format, terminal);
  const std::string& key = networks.front().key;
  terminal.notice(fmt::format("{} ({:.1f} MB) in {}",
                              options.network == "all" ? "all networks"
                              : key.empty()            ? options.file.filename().string()
                                                       : key,
                              static_cast<double>(std::filesystem::file_size(options.out)) / 1e6,
                              options.out.string()));
}

}  // namespace

void addConvertCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(root,
                                 invocation,
                                 "convert",
                                 "Writes a model as safetensors: safe to pass on, opened at once.",
                                 {"heads.pkl heads.safetensors",
                                  "heads.pkl small.safetensors --half",
                                  "snapshot.pkl everything.safetensors --network all"});
  const auto options = std::make_shared<ConvertOptions>();
  addPath(command, "FILE", options->file, "Model file (.pkl, .pt, .pth, .safetensors)")->required();
  addPath(command, "OUT", options->out, "Name of the result, ending in .safetensors")->required();
  command.add_flag("--half", options->half, "Half precision: half the size");
  command
      .add_option(
          "--network", options->network, "Network to keep: its name, or all; without it the one to draw with")
      ->type_name("NAME|all");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) { runConvert(*options, terminal); };
  });
}

}  // namespace panohead::app
