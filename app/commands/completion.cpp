#include "app/commands/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace panohead::app {
namespace {

// The scripts are made from the parser itself, so that they never fall behind it.

std::vector<const CLI::App*> commandsOf(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App*) { return true; });
}

/// "-q" and "--quiet" of one option; empty for positionals.
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  return names;
}

std::string join(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::string allSpellings(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : spellings(*option)) {
      words.push_back(name);
    }
  }
  return join(words);
}

/// "picture raw depth mask" of an option that takes one of a set; the parser shows it as "{a,b}".
std::string choices(const CLI::Option& option) {
  std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) {
    return {};
  }
  type = type.substr(open + 1, close - open - 1);
  std::replace(type.begin(), type.end(), ',', ' ');
  return type;
}

/// Inside single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result + "'";
}

/// A command by the words that call it: "render", "dataset check".
struct NamedCommand {
  std::string words;
  const CLI::App* command;
};

/// All commands, those below others behind them.
std::vector<NamedCommand> allCommands(const CLI::App& parent, const std::string& words = {}) {
  std::vector<NamedCommand> found;
  for (const CLI::App* command : commandsOf(parent)) {
    found.push_back({words + (words.empty() ? "" : " ") + command->get_name(), command});
    for (NamedCommand& below : allCommands(*command, found.back().words)) {
      found.push_back(std::move(below));
    }
  }
  return found;
}

std::vector<std::string> namesBelow(const CLI::App& parent) {
  std::vector<std::string> names;
  for (const CLI::App* command : commandsOf(parent)) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string bashScript(const CLI::App& root) {
  std::vector<std::string> patterns;
  std::string values;
  std::string options;
  for (const auto& [words, command] : allCommands(root)) {
    patterns.push_back(quoted(words));
    std::vector<std::string> offered = namesBelow(*command);
    if (words == "completion") {
      offered = {"bash", "zsh", "fish"};
    }
    offered.push_back(allSpellings(*command));
    options += fmt::format("    {}) words='{}' ;;\n", quoted(words), join(offered));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : spellings(*option)) {
        if (!choices(*option).empty()) {
          values += fmt::format("    {}) words='{}' ;;\n", quoted(words + ":" + name), choices(*option));
        }
      }
    }
  }
  return fmt::format(R"(# Completion of {0} for bash: source this file, or save it in
# ~/.local/share/bash-completion/completions/{0}
_panohead_studio() {{
  local word words= command= cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case ${{command:+$command }}$word in {1}) command=${{command:+$command }}$word ;; esac
  done
  case $command:$prev in
{2}  esac
  if [[ -z $words ]]; then
    case $command in
{3}    '') words='{4} {5}' ;;
    esac
    [[ $cur == -* ]] || COMPREPLY=($(compgen -f -- "$cur"))
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}}
complete -o filenames -F _panohead_studio {0}
)",
                     root.get_name(),
                     fmt::join(patterns, "|"),
                     values,
                     options,
                     join(namesBelow(root)),
                     allSpellings(root));
}

/// "'render:Draws heads.'" for each command below.
std::string zshDescriptions(const CLI::App& parent, const std::string& indent) {
  std::string lines;
  for (const CLI::App* command : commandsOf(parent)) {
    lines += fmt::format("{}{}\n", indent, quoted(command->get_name() + ":" + command->get_description()));
  }
  return lines;
}

std::string zshArguments(const NamedCommand& named) {
  std::string text = fmt::format("    {}) _arguments", quoted(named.words));
  for (const CLI::Option* option : named.command->get_options()) {
    std::string help = option->get_description();
    for (const char special : {':', '[', ']'}) {
      std::replace(help.begin(), help.end(), special, ' ');
    }
    const std::string values = choices(*option);
    const std::string value = option->get_items_expected_max() == 0 ? ""
                              : values.empty()                      ? ":value:_files"
                                                                    : ":value:(" + values + ")";
    for (const std::string& name : spellings(*option)) {
      text += fmt::format(" \\\n        {}", quoted(fmt::format("{}[{}]{}", name, help, value)));
    }
  }
  return text + (named.words == "completion" ? " '1:shell:(bash zsh fish)' ;;\n" : " '*:file:_files' ;;\n");
}

std::string zshScript(const CLI::App& root) {
  std::string groups;  // commands with commands below
  std::string cases;
  for (const NamedCommand& named : allCommands(root)) {
    if (!commandsOf(*named.command).empty()) {
      groups += fmt::format(R"(    {0})
      commands=(
{1}      )
      if (( CURRENT == 2 )); then
        _describe command commands
        return
      fi
      command="$command $words[2]"
      shift words
      (( CURRENT-- ))
      ;;
)",
                            quoted(named.words),
                            zshDescriptions(*named.command, "        "));
    } else {
      cases += zshArguments(named);
    }
  }
  return fmt::format(R"(#compdef {0}
# Completion of {0} for zsh: save it as _{0} in a folder of $fpath.
_panohead_studio() {{
  local -a commands=(
{1}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _files
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{2}  esac
  case $command in
{3}    *) _files ;;
  esac
}}
_panohead_studio "$@"
)",
                     root.get_name(),
                     zshDescriptions(root, "    "),
                     groups,
                     cases);
}

/// "__fish_seen_subcommand_from dataset; and __fish_seen_subcommand_from check"
std::string fishCondition(const std::string& words) {
  constexpr std::string_view kSeen = "__fish_seen_subcommand_from ";
  std::string condition(kSeen);
  for (const char c : words) {
    condition += c == ' ' ? fmt::format("; and {}", kSeen) : std::string(1, c);
  }
  return condition;
}

std::string fishScript(const CLI::App& root) {
  std::string script = fmt::format(
      "# Completion of {0} for fish: save it as ~/.config/fish/completions/{0}.fish\n", root.get_name());
  for (const auto& [words, command] : allCommands(root)) {
    const CLI::App& parent = *command->get_parent();
    const std::size_t space = words.rfind(' ');
    const std::string offered_when = space == std::string::npos
                                         ? "__fish_use_subcommand"
                                         : fmt::format("{}; and not __fish_seen_subcommand_from {}",
                                                       fishCondition(words.substr(0, space)),
                                                       join(namesBelow(parent)));
    script += fmt::format("complete -c {} -n {} {}-a {} -d {}\n",
                          root.get_name(),
                          quoted(offered_when),
                          space == std::string::npos ? "" : "-f ",
                          command->get_name(),
                          quoted(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        const std::string values = choices(*option);
        script += fmt::format("complete -c {} -n {} -l {}{}{} -d {}\n",
                              root.get_name(),
                              quoted(fishCondition(words)),
                              name,
                              option->get_items_expected_max() == 0 ? "" : " -r",
                              values.empty() ? "" : " -f -a " + quoted(values),
                              quoted(option->get_description()));
      }
    }
  }
  return script +
         fmt::format("complete -c {} -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n",
                     root.get_name());
}

}  // namespace

void addCompletionCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(root,
                                 invocation,
                                 "completion",
                                 "Prints a script that teaches a shell to complete this command line.",
                                 {"bash > ~/.local/share/bash-completion/completions/panohead-studio",
                                  "zsh > ~/.zfunc/_panohead-studio",
                                  "fish > ~/.config/fish/completions/panohead-studio.fish"});
  const auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  command.callback([shell, &root, &invocation] {
    invocation.run = [shell, &root](Terminal&) {
      printOut(*shell == "bash" ? bashScript(root) : *shell == "zsh" ? zshScript(root) : fishScript(root));
    };
  });
}

}  // namespace panohead::app
