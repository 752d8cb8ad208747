#include "app/avatar_info.h"
#include "app/commands/commands.h"
#include "core/avatar/avatar_file.h"
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
                                 "Shows what a model or avatar file holds, without running anything of it.",
                                 {"heads.pkl", "heads.safetensors --json", "anna.avatar"});
  const auto options = std::make_shared<InfoOptions>();
  addPath(command, "FILE", options->file, "Model file (.pkl, .pt, .pth, .safetensors) or .avatar")
      ->required();
  command.add_flag("--json", options->json, "JSON instead of text");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) {
      if (isAvatarFile(options->file)) {
        const AvatarPtr avatar = readAvatar(options->file);
        printOut((options->json ? avatarJson(*avatar) : avatarText(*avatar)) + "\n");
        return;
      }
      const ModelPassport passport = makePassport(openCheckpoint(options->file, terminal), terminal);
      printOut((options->json ? passport.toJson() : passport.toText()) + "\n");
    };
  });
}

}  // namespace panohead::app
