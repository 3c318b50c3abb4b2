#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "sluice/templates.h"

namespace sluice::cli {
namespace {

constexpr const char* kInitExample = R"(Examples:
  sluice init
  sluice init invoices
  sluice init aggregate --to jobs/orders

A pipeline to begin with: the file, sample data, tests and a README, in a folder of the template's
name or of --to. Without a template it lists them. Nothing that is there is written over.)";

struct InitArguments {
  std::string name;
  std::string folder;
};

int init(const InitArguments& arguments) {
  if (arguments.name.empty()) {
    std::vector<std::vector<std::string>> rows = {{"template", "what it does"}};
    for (const Template& one : templates()) rows.push_back({one.name, one.text});
    write_all(STDOUT_FILENO, text_columns(rows));
    return kFine;
  }
  const std::string folder = arguments.folder.empty() ? arguments.name : arguments.folder;
  const auto written = write_template(arguments.name, folder);
  if (!written) return fail(written.error());
  std::string text;
  for (const std::string& path : *written) text += path + "\n";
  write_all(STDOUT_FILENO, text);
  write_all(STDERR_FILENO, "next: cd " + folder + " && sluice preview pipeline.yaml\n");
  return kFine;
}

}  // namespace

void add_init_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<InitArguments>();
  CLI::App* command = app.add_subcommand("init", "Begin with a template: pipeline, data, tests");
  command->footer(kInitExample);
  command->add_option("template", arguments->name, "Which; without: lists them")
      ->type_name("TEMPLATE");
  command->add_option("--to", arguments->folder, "The folder to write to")->type_name("FOLDER");
  command->callback([&action, arguments] { action = [arguments] { return init(*arguments); }; });
}

}  // namespace sluice::cli
