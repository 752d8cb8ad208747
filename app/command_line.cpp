#include "app/command_line.h"

#include "app/commands/commands.h"
#include "app/gui_app.h"
#include "app/interrupt.h"
#include "app/picture_options.h"
#include "core/base/error.h"
#include "core/session/environment_check.h"
#include "core/session/studio.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace panohead::app {
namespace {

/// Throws OptionError where the first word is neither a command nor a file.
void requireCommandOrFile(const std::filesystem::path& word) {
  std::error_code ignored;
  if (!word.empty() && !std::filesystem::exists(word, ignored)) {
    throw OptionError(fmt::format("there is neither a command nor a file '{}'", word.string()),
                      "'panohead-studio --help' lists the commands");
  }
}

int openWindow(const GuiArguments& arguments) {
  requireCommandOrFile(arguments.model);
#ifdef PANOHEAD_HAVE_GUI
  return runGui(arguments);
#else
  throw Error("this is a headless build: it has no window",
              "use a command such as 'panohead-studio render', or build without PANOHEAD_HEADLESS");
#endif
}

/// The words with the names of options spelt with hyphens: --back_repeat is --back-repeat, as in other
/// programs.
std::vector<std::string> hyphenated(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  for (std::string& word : words) {
    if (word == "--") {
      break;
    }
    if (word.starts_with("--")) {
      std::replace(word.begin(),
                   word.begin() + static_cast<std::ptrdiff_t>(std::min(word.find('='), word.size())),
                   '_',
                   '-');
    }
  }
  return words;
}

/// "panohead-studio render" where that command was being parsed.
std::string commandInQuestion(const CLI::App& command) {
  const std::vector<CLI::App*> below = command.get_subcommands();
  return below.empty() ? fullNameOf(command) : commandInQuestion(*below.front());
}

}  // namespace

int runCommandLine(int argc, char** argv) {
  CLI::App root("Heads from every side: opens the window, or runs one command.", "panohead-studio");
  root.set_version_flag("--version", PANOHEAD_VERSION);
  root.require_subcommand(0, 1);
  root.footer(
      "Without a command the window opens, on MODEL or on the model that ships with the program.\n"
      "Examples:\n"
      "  panohead-studio\n"
      "  panohead-studio heads.pkl\n"
      "  panohead-studio render --seeds 0-3 --out pictures\n"
      "  panohead-studio COMMAND --help");
  GuiArguments gui;
  addPath(
      root,
      "MODEL",
      gui.model,
      "What the window opens: a model (.pkl, .pt, .pth, .safetensors), project (.heads) or avatar (.avatar)");
  Invocation invocation;
  addInteger(root, "--threads", invocation.threads, {0, 1024}, "Threads that compute; 0 = all cores");
  addDevice(root, gui.device);
  addInfoCommand(root, invocation);
  addConvertCommand(root, invocation);
  addRenderCommand(root, invocation);
  addVideoCommand(root, invocation);
  addShapeCommand(root, invocation);
  addViewsCommand(root, invocation);
  addDoctorCommand(root, invocation);
  addDatasetCommand(root, invocation);
  addAlignCommand(root, invocation);
  addBenchCommand(root, invocation);
  addMetricsCommand(root, invocation);
  addInvertCommand(root, invocation);
  addTrainCommand(root, invocation);
  addCompletionCommand(root, invocation);

  try {
    const std::vector<std::string> words = hyphenated(argc, argv);
    std::vector<const char*> pointers;
    for (const std::string& word : words) {
      pointers.push_back(word.c_str());
    }
    root.parse(argc, pointers.data());
  } catch (const CLI::Success& asked) {  // --help, --version
    return root.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    // A command that is spelt wrong takes itself for MODEL, and its options for words too many.
    if (argc > 1 && root.get_subcommands().empty() && *argv[1] != '-') {
      requireCommandOrFile(argv[1]);
    }
    throw OptionError(wrong.what(),
                      fmt::format("'{} --help' shows what is possible", commandInQuestion(root)));
  }
  checkEnvironment();
  setComputeThreads(invocation.threads);
  if (!invocation.run) {
    return openWindow(gui);
  }
  if (!gui.model.empty()) {
    throw OptionError(fmt::format("'{}' before a command means nothing", gui.model.string()),
                      "name the model behind the command, with --model");
  }
  if (root.get_option("--device")->count() > 0) {
    throw OptionError("--device before a command is the window's", "name it behind the command");
  }
  const Interrupt interrupt;
  Terminal terminal(invocation.quiet, interrupt.token());
  invocation.run(terminal);
  return 0;
}

}  // namespace panohead::app
