#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/program.h"
#include "cli/terminal.h"
#include "sluice/reference.h"

namespace sluice::cli {
namespace {

constexpr const char* kSchemaExample =
    "Examples:\n"
    "  sluice schema > sluice.schema.json\n"
    "  sluice schema --tests > sluice.tests.schema.json\n\n"
    "Editors with a YAML language server complete and check pipeline files that begin with\n"
    "  # yaml-language-server: $schema=sluice.schema.json\n"
    "Settings for all pipeline files of a folder: docs/guide/editors.md.";

constexpr const char* kReferenceExample =
    "Examples:\n"
    "  sluice reference                     # names of all pages\n"
    "  sluice reference kafka               # every page about kafka\n"
    "  sluice reference 'delta sink'        # one page\n"
    "  sluice reference --markdown          # everything, as docs/reference/options.md\n"
    "  sluice reference --man > sluice.1    # the commands, for man";

constexpr const char* kCompletionExample =
    "Examples:\n"
    "  sluice completion bash > /etc/bash_completion.d/sluice\n"
    "  sluice completion zsh > \"${fpath[1]}/_sluice\"\n"
    "  sluice completion fish > ~/.config/fish/completions/sluice.fish\n"
    "  source <(sluice completion bash)     # in this shell only";

struct ReferenceArguments {
  std::string topic;
  bool markdown = false;
  bool cli = false;
  bool lints = false;
  bool man = false;
};

int print(const std::string& text) {
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int reference(const ReferenceArguments& arguments) {
  if (arguments.cli) return print(command_reference());
  if (arguments.lints) return print(lint_reference());
  if (arguments.man) return print(command_manual());
  if (arguments.topic.empty() && !arguments.markdown) {
    std::string names = "Pages; show one with: sluice reference NAME\n";
    for (const std::string& name : reference_topics()) names += "  " + name + "\n";
    return print(names);
  }
  const auto text = reference_text(
      arguments.topic, arguments.markdown ? ReferenceStyle::kMarkdown : ReferenceStyle::kTerminal);
  if (!text) return fail(text.error());
  return print(*text);
}

int explain_error(const std::string& code) {
  if (code.empty()) {
    std::string names;
    for (const std::string& name : error_codes()) names += name + "\n";
    return print(names);
  }
  const auto text = error_page(code);
  return text ? print(*text) : fail(text.error());
}

}  // namespace

void add_reference_commands(CLI::App& app, Action& action) {
  CLI::App* schema = app.add_subcommand("schema", "Print the JSON Schema of pipeline files");
  schema->footer(kSchemaExample);
  auto tests = std::make_shared<bool>(false);
  schema->add_flag("--tests", *tests, "Of files of tests instead, NAME.test.yaml");
  schema->callback([&action, tests] {
    action = [tests] { return print(*tests ? json_schema_of_tests() : json_schema()); };
  });

  auto arguments = std::make_shared<ReferenceArguments>();
  CLI::App* pages = app.add_subcommand("reference", "Show the options of pipeline files");
  pages->footer(kReferenceExample);
  pages->add_option("name", arguments->topic, "Page, or key in a pipeline file")->type_name("NAME");
  pages->add_flag("--markdown", arguments->markdown, "As Markdown");
  CLI::Option* cli =
      pages->add_flag("--cli", arguments->cli, "The commands instead, as docs/reference/cli.md");
  pages->add_flag("--man", arguments->man, "The commands instead, as a page for man: sluice(1)")
      ->excludes(cli);
  pages->add_flag("--lints", arguments->lints,
                  "The warnings of sluice check instead, as docs/reference/lints.md");
  pages->callback([&action, arguments] { action = [arguments] { return reference(*arguments); }; });

  auto name = std::make_shared<std::string>();
  CLI::App* errors =
      app.add_subcommand("explain-error", "Say what a named error or warning means and what to do");
  errors->footer(
      "Examples:\n"
      "  sluice explain-error E_FENCED\n"
      "  sluice explain-error LINT_FLOAT_MONEY\n"
      "  sluice explain-error              # names of all");
  errors->add_option("code", *name, "Its name, with or without E_ or LINT_")->type_name("CODE");
  errors->callback([&action, name] { action = [name] { return explain_error(*name); }; });

  auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      app.add_subcommand("completion", "Print what makes a shell complete sluice's commands");
  completion->footer(kCompletionExample);
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("SHELL");
  completion->callback(
      [&action, shell] { action = [shell] { return print(command_completion(*shell)); }; });

  CLI::App* version = app.add_subcommand("version", "Print the version");
  version->footer("Example:\n  sluice version");
  version->callback([&action] { action = [] { return print(version_text() + "\n"); }; });
}

}  // namespace sluice::cli
