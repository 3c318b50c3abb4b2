#include "cli/program.h"

#include <array>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_code.h"
#include "cli/man_page.h"
#include "sluice/reference.h"

namespace sluice::cli {
namespace {

constexpr const char* kFooter =
    "Example:\n"
    "  sluice run pipeline.yaml\n\n"
    "Exit codes: 0 fine; 1 something outside failed, run it again; 2 the command, the pipeline "
    "file\n"
    "or its data is wrong; 3 the checkpoint or a sink belongs to another run; 4 what is stored\n"
    "contradicts itself; 5 rows differ (shadow --exit-code); 130 the second Ctrl+C, of copy the\n"
    "first. Of several pipelines the highest.";

struct ExitMeaning {
  int code;
  const char* text;
};

constexpr std::array kExitMeanings = {
    ExitMeaning{kFine, "fine; also after the first Ctrl+C"},
    ExitMeaning{kFailure,
                "something outside failed (an unreachable broker, a full disk) and the retries are "
                "used up: run it again, it goes on where it stopped"},
    ExitMeaning{kUserError,
                "the command, the pipeline file or its data is wrong; the message says where and "
                "how to fix it"},
    ExitMeaning{kConflict, "the checkpoint or a sink belongs to another run"},
    ExitMeaning{kCorruption, "what is stored contradicts itself; nothing was touched"},
    ExitMeaning{kDiffers, "rows differ, where `sluice shadow --exit-code` asks"},
    ExitMeaning{kInterrupted,
                "the second Ctrl+C: like kill -9, and as safe; of `sluice copy` the first, too: "
                "not all is copied"}};

constexpr const char* kReferenceHead =
    "# The command line\n\n"
    "This page is written by `sluice reference --cli`; a test compares the two.\n\n"
    "| exit code | means |\n|---|---|\n";

constexpr const char* kHighestCode =
    "Of several pipelines in one process the highest code counts.\n";

constexpr const char* kOutput =
    "Standard output holds what a command is asked for: the tables of the console sink, records, "
    "pages. Everything\nelse goes to standard error. There are no colours when it is not a "
    "terminal, or when `NO_COLOR` is set.\n";

constexpr std::size_t kOptionColumns = 34;

std::unique_ptr<CLI::App> make_app(Action& action) {
  auto app = std::make_unique<CLI::App>(
      "sluice: streams to tables. A pipeline is one YAML file with SQL in it.", "sluice");
  app->require_subcommand(1);
  app->footer(kFooter);
  app->set_version_flag("--version", version_text(), "Print the version");
  app->get_formatter()->column_width(kOptionColumns);
  add_run_command(*app, action);
  add_dashboard_command(*app, action);
  add_check_command(*app, action);
  add_preview_command(*app, action);
  add_explain_command(*app, action);
  add_plan_command(*app, action);
  add_shadow_command(*app, action);
  add_rebuild_command(*app, action);
  add_dev_command(*app, action);
  add_test_command(*app, action);
  add_record_command(*app, action);
  add_init_command(*app, action);
  add_infer_command(*app, action);
  add_export_command(*app, action);
  add_control_command(*app, action);
  add_produce_command(*app, action);
  add_topic_command(*app, action);
  add_consume_command(*app, action);
  add_show_command(*app, action);
  add_copy_command(*app, action);
  add_sql_command(*app, action);
  add_broker_command(*app, action);
  add_deadletter_command(*app, action);
  add_checkpoint_command(*app, action);
  add_handover_command(*app, action);
  add_delta_command(*app, action);
  add_reference_commands(*app, action);
  return app;
}

std::string help_sections(const CLI::App& parent, const std::string& name) {
  std::string text;
  for (const CLI::App* command : parent.get_subcommands(nullptr)) {
    const std::string whole = name + " " + command->get_name();
    text += "\n## " + whole + "\n\n```\n" + command->help(name) + "```\n";
    text += help_sections(*command, whole);
  }
  return text;
}

}  // namespace

int run_program(int argc, char** argv) {
  Action action;
  const std::unique_ptr<CLI::App> app = make_app(action);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;
    app->exit(error);
    return asked ? kFine : kUserError;
  }
  return action();
}

std::string command_reference() {
  Action action;
  const std::unique_ptr<CLI::App> app = make_app(action);
  std::string text = kReferenceHead;
  for (const ExitMeaning& one : kExitMeanings) {
    text += "| " + std::to_string(one.code) + " | " + one.text + " |\n";
  }
  return text + "\n" + kHighestCode + "\n" + kOutput + help_sections(*app, "sluice");
}

std::string command_manual() {
  Action action;
  ManPageParts parts;
  // The commit in its brackets is left out: the page is the same until a word of it changes.
  parts.version = version_text().substr(0, version_text().find(" ("));
  parts.output = kOutput;
  for (const ExitMeaning& one : kExitMeanings) {
    parts.exit_codes.emplace_back(std::to_string(one.code), one.text);
  }
  return man_page(*make_app(action), parts);
}

std::string command_completion(const std::string& shell) {
  Action action;
  return completion_script(*make_app(action), shell);
}

}  // namespace sluice::cli
