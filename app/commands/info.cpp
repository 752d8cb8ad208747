#include "app/commands/commands.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/passport.h"

#include <memory>

namespace panohead::app {

void addInfoCommand(CLI::App& root, Invocation& invocation) {
  struct InfoOptions {
    std::filesystem::path file;
    bool json = false;
  };
  CLI::App& command = addCommand(root,
                                 invocation,
                                 "info",
                                 "Shows what a model file holds, without running anything of it.",
                                 {"heads.pkl", "heads.safetensors --json"});
  const auto options = std::make_shared<InfoOptions>();
  addPath(command, "FILE", options->file, "Model file (.pkl, .pt, .pth, .safetensors)")->required();
  command.add_flag("--json", options->json, "JSON instead of text");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) {
      const ModelPassport passport = makePassport(openCheckpoint(options->file, terminal), terminal);
      printOut((options->json ? passport.toJson() : passport.toText()) + "\n");
    };
  });
}

}  // namespace panohead::app
