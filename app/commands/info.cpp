#include "app/avatar_info.h"
#include "app/commands/commands.h"
#include "core/avatar/avatar_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/passport.h"

#include <fmt/format.h>

#include <memory>

namespace panohead::app {
namespace {

void writeThumbnail(const Avatar& avatar, const std::filesystem::path& path) {
  if (avatar.thumbnail.empty()) {
    throw OptionError(fmt::format("--thumbnail: '{}' holds no picture", avatar.source.string()),
                      "leave it out; render --avatar draws one");
  }
  writePng(path, avatar.thumbnail);
}

}  // namespace

void addInfoCommand(CLI::App& root, Invocation& invocation) {
  struct InfoOptions {
    std::filesystem::path file;
    std::filesystem::path thumbnail;  // PNG; empty: none
    bool json = false;
  };
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "info",
                 "Shows what a model or avatar file holds, without running anything of it.",
                 {"heads.pkl", "heads.safetensors --json", "anna.avatar --thumbnail anna.png"});
  const auto options = std::make_shared<InfoOptions>();
  addPath(command, "FILE", options->file, "Model file (.pkl, .pt, .pth, .safetensors) or .avatar")
      ->required();
  command.add_flag("--json", options->json, "JSON instead of text");
  addPath(command, "--thumbnail", options->thumbnail, "Write the small picture of an avatar as PNG, too")
      ->type_name("FILE");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) {
      requireOtherFile(options->thumbnail, {options->file});
      requireSuffix(options->thumbnail, ".png");
      if (isAvatarFile(options->file)) {
        const AvatarPtr avatar = readAvatar(options->file);
        if (!options->thumbnail.empty()) {
          writeThumbnail(*avatar, options->thumbnail);
        }
        printOut((options->json ? avatarJson(*avatar) : avatarText(*avatar)) + "\n");
        return;
      }
      if (!options->thumbnail.empty()) {
        throw OptionError(fmt::format("--thumbnail: '{}' is no avatar, and only those hold a picture",
                                      options->file.string()),
                          "leave it out; render draws a model's heads");
      }
      const ModelPassport passport = makePassport(openCheckpoint(options->file, terminal), terminal);
      printOut((options->json ? passport.toJson() : passport.toText()) + "\n");
    };
  });
}

}  // namespace panohead::app
