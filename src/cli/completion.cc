#include "cli/completion.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

/// An option, or an argument without a name.
struct Word {
  std::vector<std::string> names;  ///< "-o", "--output"; empty: an argument
  std::string text;
  std::string value;                 ///< "FILE"; "": a flag
  std::vector<std::string> choices;  ///< that there are
  bool is_file = false;
};

struct Command {
  std::string path;  ///< "sluice delta compact"
  std::string text;
  std::vector<const CLI::App*> below;
  std::vector<Word> words;
  bool takes_files = false;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What CLI::IsMember says of itself: "{a,b,c}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find('{');
  const std::size_t end = type.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos || end < begin) return choices;
  std::string word;
  for (const char c : type.substr(begin + 1, end - begin - 1) + ",") {
    if (c != ',') {
      word += c;
    } else if (!word.empty()) {
      choices.push_back(std::exchange(word, ""));
    }
  }
  return choices;
}

bool names_files(const std::string& type) {
  return type.find("FILE") != std::string::npos || type.find("FOLDER") != std::string::npos ||
         type.find("PATH") != std::string::npos || type.find("PROGRAM") != std::string::npos;
}

Word word_of(const CLI::Option& option) {
  Word word;
  for (const std::string& name : option.get_snames()) word.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) word.names.push_back("--" + name);
  word.text = first_line(option.get_description());
  if (option.get_items_expected_max() > 0) {
    word.value = option.get_type_name();
    word.choices = choices_of(option);
    word.is_file = names_files(word.value);
  }
  return word;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as commands are.
void add_commands(const CLI::App& app, const std::string& path, std::vector<Command>& commands) {
  Command command;
  command.path = path;
  command.text = first_line(app.get_description());
  for (const CLI::App* below : app.get_subcommands([](const CLI::App* one) {
         return !one->get_name().empty() && !one->get_group().empty();
       })) {
    command.below.push_back(below);
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    Word word = word_of(*option);
    if (word.names.empty()) {
      command.takes_files = command.takes_files || word.is_file;
    } else {
      command.words.push_back(std::move(word));
    }
  }
  const std::vector<const CLI::App*> below = command.below;
  commands.push_back(std::move(command));
  for (const CLI::App* one : below) add_commands(*one, path + " " + one->get_name(), commands);
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string bash_script(const std::vector<Command>& commands) {
  std::string paths;
  std::string values;
  std::string words;
  for (const Command& command : commands) {
    std::vector<std::string> all;
    for (const CLI::App* below : command.below) {
      all.push_back(below->get_name());
      paths += (paths.empty() ? "\"" : " | \"") + command.path + " " + below->get_name() + "\"";
    }
    for (const Word& word : command.words) {
      all.insert(all.end(), word.names.begin(), word.names.end());
      if (word.value.empty()) continue;
      std::vector<std::string> after;
      for (const std::string& name : word.names) {
        after.push_back("\"" + command.path + " " + name + "\"");
      }
      values += "    " + joined(after, " | ") + ") ";
      if (!word.choices.empty()) {
        values += "COMPREPLY=($(compgen -W '" + joined(word.choices, " ") + "' -- \"$current\")); ";
      } else if (word.is_file) {
        values += "COMPREPLY=($(compgen -f -- \"$current\")); ";
      }
      values += "return ;;\n";
    }
    words += "    \"" + command.path + "\") words='" + joined(all, " ") + "'" +
             (command.takes_files ? " files=1" : "") + " ;;\n";
  }
  return "# Completion of sluice for bash, made by `sluice completion bash`.\n"
         "_sluice() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
         "path=sluice "
         "words='' files='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "      " +
         paths +
         ") path+=\" ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path $previous\" in\n" +
         values +
         "  esac\n"
         "  case \"$path\" in\n" +
         words +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  if [[ -n $files && $current != -* ]]; then COMPREPLY+=($(compgen -f -- \"$current\")); "
         "fi\n"
         "}\n"
         "complete -o filenames -F _sluice sluice\n";
}

/// As it is written between single quotes of a shell, with a backslash before what is `special`.
std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string quoted(const std::string& text) { return "'" + escaped(text, "") + "'"; }

std::string fish_script(const std::vector<Command>& commands) {
  std::string text =
      "# Completion of sluice for fish, made by `sluice completion fish`.\n"
      "function __sluice_at\n"
      "    set -l words (string match -v -- '-*' (commandline -opc))\n"
      "    set -l n (count $argv)\n"
      "    test (count $words) -ge $n; and test \"$words[1..$n]\" = \"$argv\"\n"
      "end\n"
      "function __sluice_next\n"
      "    test (string join ' ' (string match -v -- '-*' (commandline -opc))) = \"$argv\"\n"
      "end\n"
      "complete -c sluice -f\n";
  for (const Command& command : commands) {
    const std::string at = "complete -c sluice -n '__sluice_at " + command.path + "'";
    for (const CLI::App* below : command.below) {
      text += "complete -c sluice -n '__sluice_next " + command.path + "' -a " + below->get_name() +
              " -d " + quoted(first_line(below->get_description())) + "\n";
    }
    if (command.takes_files) text += at + " -F\n";
    for (const Word& word : command.words) {
      text += at;
      for (const std::string& name : word.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      text += " -d " + quoted(word.text);
      if (!word.choices.empty()) {
        text += " -xa " + quoted(joined(word.choices, " "));
      } else if (!word.value.empty()) {
        text += word.is_file ? " -rF" : " -x";
      }
      text += "\n";
    }
  }
  return text;
}

std::string zsh_function(const std::string& path) {
  std::string name = "_" + path;
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string text =
      "#compdef sluice\n"
      "# Completion of sluice for zsh, made by `sluice completion zsh`.\n";
  for (const Command& command : commands) {
    text += zsh_function(command.path) + "() {\n";
    if (!command.below.empty()) text += "  local line state\n";
    text += "  _arguments -s" + std::string(command.below.empty() ? "" : " -C");
    for (const Word& word : command.words) {
      std::string value;
      if (!word.choices.empty()) {
        value = ":value:(" + joined(word.choices, " ") + ")";
      } else if (!word.value.empty()) {
        value = word.is_file ? ":file:_files" : ":value:";
      }
      for (const std::string& name : word.names) {
        text += " \\\n    '" + name + "[" + escaped(word.text, "[]:\\") + "]" + value + "'";
      }
    }
    if (command.takes_files) text += " \\\n    '*:file:_files'";
    if (command.below.empty()) {
      text += "\n}\n";
      continue;
    }
    text +=
        " \\\n    '1: :->command' \\\n    '*:: :->rest'\n  case $state in\n    command)\n"
        "      local -a commands=(";
    for (const CLI::App* below : command.below) {
      text += "\n        " + quoted(below->get_name() + ":" + first_line(below->get_description()));
    }
    text += ")\n      _describe command commands ;;\n    rest) case $line[1] in\n";
    for (const CLI::App* below : command.below) {
      text += "      " + below->get_name() + ") " +
              zsh_function(command.path + " " + below->get_name()) + " ;;\n";
    }
    text += "    esac ;;\n  esac\n}\n";
  }
  return text +
         "if [ \"$funcstack[1]\" = _sluice ]; then _sluice \"$@\"; else compdef _sluice sluice; "
         "fi\n";
}

}  // namespace

std::string completion_script(const CLI::App& app, std::string_view shell) {
  std::vector<Command> commands;
  add_commands(app, "sluice", commands);
  if (shell == "bash") return bash_script(commands);
  return shell == "zsh" ? zsh_script(commands) : fish_script(commands);
}

}  // namespace sluice::cli
