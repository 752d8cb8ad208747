#include "app/commands/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
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

std::string bashScript(const CLI::App& root) {
  std::vector<std::string> names;
  std::string values;
  std::string options;
  for (const CLI::App* command : commandsOf(root)) {
    names.push_back(command->get_name());
    options += fmt::format("    {}) words='{}' ;;\n", command->get_name(), allSpellings(*command));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : spellings(*option)) {
        if (!choices(*option).empty()) {
          values += fmt::format("    {}:{}) words='{}' ;;\n", command->get_name(), name, choices(*option));
        }
      }
    }
    if (command->get_name() == "completion") {
      options.insert(options.rfind("' ;;"), " bash zsh fish");
    }
  }
  return fmt::format(R"(# Completion of {0} for bash: source this file, or save it in
# ~/.local/share/bash-completion/completions/{0}
_panohead_studio() {{
  local word words= command= cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in {1}) command=$word; break ;; esac
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
                     fmt::join(names, "|"),
                     values,
                     options,
                     join(names),
                     allSpellings(root));
}

std::string zshScript(const CLI::App& root) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : commandsOf(root)) {
    commands += fmt::format("    {}\n", quoted(command->get_name() + ":" + command->get_description()));
    cases += fmt::format("    {}) _arguments", command->get_name());
    for (const CLI::Option* option : command->get_options()) {
      std::string help = option->get_description();
      for (const char special : {':', '[', ']'}) {
        std::replace(help.begin(), help.end(), special, ' ');
      }
      const std::string values = choices(*option);
      const std::string value = option->get_items_expected_max() == 0 ? ""
                                : values.empty()                      ? ":value:_files"
                                                                      : ":value:(" + values + ")";
      for (const std::string& name : spellings(*option)) {
        cases += fmt::format(" \\\n        {}", quoted(fmt::format("{}[{}]{}", name, help, value)));
      }
    }
    cases +=
        command->get_name() == "completion" ? " '1:shell:(bash zsh fish)' ;;\n" : " '*:file:_files' ;;\n";
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
{2}    *) _files ;;
  esac
}}
_panohead_studio "$@"
)",
                     root.get_name(),
                     commands,
                     cases);
}

std::string fishScript(const CLI::App& root) {
  std::string script = fmt::format(
      "# Completion of {0} for fish: save it as ~/.config/fish/completions/{0}.fish\n", root.get_name());
  for (const CLI::App* command : commandsOf(root)) {
    script += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n",
                          root.get_name(),
                          command->get_name(),
                          quoted(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        const std::string values = choices(*option);
        script += fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}' -l {}{}{} -d {}\n",
                              root.get_name(),
                              command->get_name(),
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
