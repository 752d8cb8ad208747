#include "app/commands/commands.h"
#include "app/commands/train_options.h"
#include "app/json_lines.h"
#include "app/training_signals.h"
#include "core/base/allocator_tuning.h"
#include "core/base/error.h"
#include "core/base/text_values.h"
#include "core/training/run_log.h"
#include "core/training/training_run.h"

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>

namespace panohead::app {
namespace {

struct TrainCommand {
  TrainArguments arguments;
  PlanOptions plan;
  bool dry_run = false;
  bool print_options = false;
  bool json = false;
  bool commands = false;  // from standard input
  int threads = 0;        // that were asked for
};

/// A run's news for people: lines above the progress bar.
class TerminalListener final : public TrainingListener {
 public:
  explicit TerminalListener(Terminal& terminal) : terminal_(terminal) {}
  void stats(std::int64_t images, const std::map<std::string, double>& values) override {
    terminal_.notice(tickLine(images, values));
  }
  void file(const std::string& kind, const std::filesystem::path& path, std::int64_t) override {
    terminal_.notice(fmt::format("{}: {}", kind, path.string()));
  }
  void state(const std::string& state, const std::string& message) override {
    terminal_.notice(message.empty() ? state : fmt::format("{}: {}", state, message));
  }
  void notice(const std::string& message) override { terminal_.notice(message); }

 private:
  Terminal& terminal_;
};

/// Progress goes where the news go. A stop from the keyboard does not cut a run short: it reaches the run as
/// a wish, so that it ends with a checkpoint.
class TrainContext final : public JobContext {
 public:
  TrainContext(Terminal& terminal, JsonLines* json) : terminal_(terminal), json_(json) {}
  void report(const Progress& progress) override {
    if (json_ != nullptr) {
      json_->progress(progress);
    } else {
      terminal_.report(progress);
    }
  }
  void preview(Frame) override {}
  void checkpoint() override {}
  std::stop_token stopToken() const override { return {}; }

 private:
  Terminal& terminal_;
  JsonLines* json_;
};

void printPlan(const TrainCommand& command, const TrainingOptions& options, Terminal& terminal) {
  const TrainingPlan plan = planTraining(options, command.plan, terminal);
  printOut(command.json ? plan.json + "\n" : plan.text);
}

void train(const TrainCommand& command, const TrainingOptions& options, Terminal& terminal, JsonLines* json) {
  TerminalListener lines(terminal);
  TrainingListener& listener = json != nullptr ? static_cast<TrainingListener&>(*json) : lines;
  TrainingControl control;
  control.threads = command.threads;
  const TrainingSignals signals(control);
  std::optional<TrainingCommands> commands;
  if (json != nullptr || command.commands) {
    commands.emplace(
        control,
        [&control] { control.stop = true; },
        [json](const std::string& line) {
          const std::string message =
              fmt::format("'{}' is no command: pause, resume, snapshot and stop are", line);
          if (json != nullptr) {
            json->notice(message);
          } else {
            printError(message + "\n");
          }
        });
  }
  const std::stop_callback on_interrupt(terminal.stopToken(), [&control] {
    control.pause = false;
    control.stop = true;
  });
  TrainContext context(terminal, json);
  runTraining(options, control, listener, context);
  if (terminal.stopToken().stop_requested()) {
    throw Cancelled();
  }
}

void runTrain(const TrainCommand& command, Terminal& terminal) {
  tuneAllocatorForTraining();
  std::optional<JsonLines> json;
  if (command.json) {
    json.emplace();
  }
  try {
    const TrainingOptions options = command.arguments.options(terminal);
    if (command.print_options) {
      printOut(options.toJson() + "\n");
    } else if (command.dry_run) {
      printPlan(command, options, terminal);
    } else {
      train(command, options, terminal, json ? &*json : nullptr);
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    if (json) {
      json->error(error.what(), error.hint(), error.detail());
    }
    throw;
  }
}

std::vector<int> parseRanks(const std::string& text) {
  std::vector<int> ranks;
  for (const double value : parseNumbers(text, 1, 65536, "--plan-ranks")) {
    if (value != static_cast<int>(value)) {
      throw OptionError(fmt::format("--plan-ranks: {} is no number of ranks", value),
                        "give whole numbers separated by commas: 1,2,4,8");
    }
    ranks.push_back(static_cast<int>(value));
  }
  return ranks;
}

}  // namespace

void addTrainCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "train",
                 "Trains a model from pictures, masks and cameras, or goes on with the run in a folder.\n"
                 "Ctrl-C ends a run with a checkpoint (twice: at once), SIGUSR1 pauses it or lets it go on, "
                 "SIGUSR2 writes\n"
                 "a checkpoint, a network and sheets.",
                 {"--preset smoke --data heads_img.zip --masks heads_seg.zip --out runs/smoke",
                  "--preset heads-256 --data heads_img.zip --masks heads_seg.zip --out runs/heads --dry-run",
                  "--out runs/heads --kimg 8000"});
  const auto options = std::make_shared<TrainCommand>();
  options->arguments.addTo(command);
  command.add_flag(
      "-n,--dry-run", options->dry_run, "Shows what the run would be, need and take; trains nothing");
  command.add_flag("--print-options",
                   options->print_options,
                   "Prints the options as JSON, which --options reads; trains nothing");
  command
      .add_option_function<std::string>(
          "--plan-ranks",
          [options](const std::string& text) { options->plan.ranks = parseRanks(text); },
          "Numbers of ranks that --dry-run forecasts the time for")
      ->type_name("LIST")
      ->default_str("1,2,4,8");
  addNumber(command,
            "--link-gbit",
            options->plan.link_gigabits,
            {0.001, 100000},
            "Speed of the links between them, Gbit/s");
  command.add_flag(
      "--json", options->json, "JSON lines on standard output instead of text; implies --commands");
  command.add_flag("--commands",
                   options->commands,
                   "Obeys pause, resume, snapshot and stop on standard input, one a line");
  command.callback([options, &invocation] {
    options->threads = invocation.threads;
    invocation.run = [options](Terminal& terminal) { runTrain(*options, terminal); };
  });
}

}  // namespace panohead::app
