#pragma once

#include "app/terminal.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace panohead::app {

/// What the parsed command line asks for. `run` is empty when no command was named.
struct Invocation {
  std::function<void(Terminal&)> run;
  int threads = 0;  // 0 = all cores
  bool quiet = false;
};

/// "panohead-studio dataset check": how a command is called.
std::string fullNameOf(const CLI::App& command);

/// A command with the options that all commands share, below the program or below another command.
/// `examples`: one a line, without what calls the command.
CLI::App& addCommand(CLI::App& parent,
                     Invocation& invocation,
                     const std::string& name,
                     const std::string& description,
                     const std::vector<std::string>& examples);

/// A number of text in [low, high]; `value` holds the default. Bad text throws OptionError.
CLI::Option* addNumber(CLI::App& command,
                       const std::string& name,
                       double& value,
                       const std::pair<double, double>& range,
                       const std::string& help);
CLI::Option* addInteger(CLI::App& command,
                        const std::string& name,
                        int& value,
                        const std::pair<int, int>& range,
                        const std::string& help);
/// A whole number in the range, or 0, which has a meaning of its own.
CLI::Option* addIntegerOrZero(CLI::App& command,
                              const std::string& name,
                              int& value,
                              const std::pair<int, int>& range,
                              const std::string& help);
std::int64_t parseIntegerOrZero(const std::string& text,
                                std::int64_t low,
                                std::int64_t high,
                                const std::string& option);
/// The name of a file or folder. An empty one throws OptionError: it comes from unset shell variables.
CLI::Option* addPath(CLI::App& command,
                     const std::string& name,
                     std::filesystem::path& path,
                     const std::string& help);
/// Seeds such as "0-3,7".
CLI::Option* addSeeds(CLI::App& command, std::vector<std::uint32_t>& seeds, const std::string& help);

// What is asked of the name of a file to be written, before the work. An empty name is none.

/// Throws OptionError where it is one of the files that are read, under whatever name: it would be lost.
void requireOtherFile(const std::filesystem::path& file, const std::vector<std::filesystem::path>& read);
/// Throws OptionError unless it ends so (".png"), in capitals or not.
void requireSuffix(const std::filesystem::path& file, const std::string& suffix);
/// Throws SaveError when the folder that it is to lie in is not there.
void requireFolderOf(const std::filesystem::path& file);

// Each adds one command to the tree; running it throws Error.
void addInfoCommand(CLI::App& root, Invocation& invocation);
void addConvertCommand(CLI::App& root, Invocation& invocation);
void addRenderCommand(CLI::App& root, Invocation& invocation);
void addVideoCommand(CLI::App& root, Invocation& invocation);
void addShapeCommand(CLI::App& root, Invocation& invocation);
void addViewsCommand(CLI::App& root, Invocation& invocation);
void addDoctorCommand(CLI::App& root, Invocation& invocation);
void addDatasetCommand(CLI::App& root, Invocation& invocation);
void addAlignCommand(CLI::App& root, Invocation& invocation);
void addBenchCommand(CLI::App& root, Invocation& invocation);
void addMetricsCommand(CLI::App& root, Invocation& invocation);
void addInvertCommand(CLI::App& root, Invocation& invocation);
void addTrainCommand(CLI::App& root, Invocation& invocation);
void addCompletionCommand(CLI::App& root, Invocation& invocation);

}  // namespace panohead::app
