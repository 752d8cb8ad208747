#include "app/commands/commands.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/text_values.h"

#include <fmt/format.h>

namespace panohead::app {

std::string fullNameOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent != nullptr ? fullNameOf(*parent) + " " : "") + command.get_name();
}

CLI::App& addCommand(CLI::App& parent,
                     Invocation& invocation,
                     const std::string& name,
                     const std::string& description,
                     const std::vector<std::string>& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  addInteger(command, "--threads", invocation.threads, {0, 1024}, "Threads that compute; 0 = all cores");
  command.add_flag("-q,--quiet", invocation.quiet, "No progress and no notices, only errors");
  std::string footer = "Examples:";
  for (const std::string& example : examples) {
    footer += fmt::format("\n  {}{}{}", fullNameOf(command), example.empty() ? "" : " ", example);
  }
  command.footer(footer);
  return command;
}

CLI::Option* addNumber(CLI::App& command,
                       const std::string& name,
                       double& value,
                       const std::pair<double, double>& range,
                       const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&value, range, name](const std::string& text) {
            value = parseNumber(text, range.first, range.second, name);
          },
          help)
      ->type_name("NUMBER")
      ->default_str(fmt::format("{}", value));
}

/// @param parse parseInteger() or parseIntegerOrZero()
template <typename Parse>
static CLI::Option* addWhole(CLI::App& command,
                             const std::string& name,
                             int& value,
                             const std::pair<int, int>& range,
                             const std::string& help,
                             Parse parse) {
  return command
      .add_option_function<std::string>(
          name,
          [&value, range, name, parse](const std::string& text) {
            value = static_cast<int>(parse(text, range.first, range.second, name));
          },
          help)
      ->type_name("N")
      ->default_str(fmt::format("{}", value));
}

CLI::Option* addInteger(CLI::App& command,
                        const std::string& name,
                        int& value,
                        const std::pair<int, int>& range,
                        const std::string& help) {
  return addWhole(command, name, value, range, help, parseInteger);
}

std::int64_t parseIntegerOrZero(const std::string& text,
                                std::int64_t low,
                                std::int64_t high,
                                const std::string& option) {
  const std::int64_t value = parseInteger(text, 0, high, option);
  if (value != 0 && value < low) {
    throw OptionError(fmt::format("{}: {} is neither 0 nor from {} to {}", option, value, low, high),
                      fmt::format("the smallest but 0 is {}", low));
  }
  return value;
}

CLI::Option* addIntegerOrZero(CLI::App& command,
                              const std::string& name,
                              int& value,
                              const std::pair<int, int>& range,
                              const std::string& help) {
  return addWhole(command, name, value, range, help, parseIntegerOrZero);
}

CLI::Option* addPath(CLI::App& command,
                     const std::string& name,
                     std::filesystem::path& path,
                     const std::string& help) {
  return command.add_option_function<std::string>(
      name,
      [&path, name](const std::string& text) {
        if (text.empty()) {
          throw OptionError(fmt::format("{}: the name is empty", name),
                            "name a file or folder; perhaps a variable of the shell is not set");
        }
        path = text;
      },
      help);
}

CLI::Option* addSeeds(CLI::App& command, std::vector<std::uint32_t>& seeds, const std::string& help) {
  return command
      .add_option_function<std::string>(
          "--seeds", [&seeds](const std::string& text) { seeds = parseSeeds(text, "--seeds"); }, help)
      ->type_name("LIST");
}

void requireOtherFile(const std::filesystem::path& file, const std::vector<std::filesystem::path>& read) {
  for (const std::filesystem::path& one : read) {
    std::error_code none;  // of names that are empty or of no file
    if (std::filesystem::equivalent(file, one, none)) {
      throw OptionError(fmt::format("'{}' is also what is read", file.string()), "choose another name");
    }
  }
}

void requireSuffix(const std::filesystem::path& file, const std::string& suffix) {
  if (!file.empty() && lowerSuffix(file) != suffix) {
    throw OptionError(fmt::format("'{}' is no name for the result", file.string()), "end it in " + suffix);
  }
}

void requireFolderOf(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    throw SaveError(
        fmt::format("'{}' cannot be written: there is no folder '{}'", file.string(), folder.string()),
        "make the folder first, or choose another place");
  }
}

}  // namespace panohead::app
