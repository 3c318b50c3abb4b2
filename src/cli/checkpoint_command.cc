#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "sluice/checkpoint.h"

namespace sluice::cli {
namespace {

struct CheckpointArguments {
  std::string from;
  std::string to;
  std::int64_t number = -1;
  std::string pipeline_file;
  std::string source;
};

int list(const CheckpointArguments& arguments) {
  const auto backups = list_backups(arguments.from, arguments.pipeline_file);
  if (!backups) return fail(backups.error());
  std::vector<std::vector<std::string>> rows = {{"backup", "pipeline", "batch", "time", "size"}};
  for (const CheckpointBackup& backup : *backups) {
    rows.push_back({std::to_string(backup.number), backup.pipeline, std::to_string(backup.batch),
                    time_text(backup.time_us / 1000),
                    bytes_text(static_cast<std::int64_t>(backup.bytes))});
  }
  write_all(STDOUT_FILENO, text_columns(rows));
  return kFine;
}

int restore(const CheckpointArguments& arguments) {
  const auto restored =
      restore_checkpoint(arguments.from, arguments.to, arguments.number, arguments.pipeline_file);
  if (!restored) return fail(restored.error());
  write_all(STDOUT_FILENO, arguments.to + " is the checkpoint of pipeline '" + restored->pipeline +
                               "' as of batch " + std::to_string(restored->batch) + " (backup " +
                               std::to_string(restored->number) + ", " +
                               time_text(restored->time_us / 1000) + ")\n");
  return kFine;
}

int forget(const CheckpointArguments& arguments) {
  if (const auto done = forget_source(arguments.to, arguments.source); !done) {
    return fail(done.error());
  }
  write_all(STDOUT_FILENO, arguments.to + " has no position of source '" + arguments.source +
                               "' any more; a source of that name begins where its `start` says\n");
  return kFine;
}

CLI::App* add(CLI::App& parent, Action& action,
              const std::shared_ptr<CheckpointArguments>& arguments, const std::string& name,
              const std::string& text, int (*work)(const CheckpointArguments&)) {
  CLI::App* command = parent.add_subcommand(name, text);
  command->add_option("from", arguments->from, "The folder of the backups: backup.to")
      ->required()
      ->type_name("FROM");
  command
      ->add_option("--pipeline", arguments->pipeline_file,
                   "A pipeline file whose `s3` and `mounts` reach the folder; else the environment "
                   "and AWS's profile files do")
      ->type_name("FILE");
  command->callback(
      [&action, arguments, work] { action = [arguments, work] { return work(*arguments); }; });
  return command;
}

}  // namespace

void add_checkpoint_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CheckpointArguments>();
  CLI::App* checkpoint =
      app.add_subcommand("checkpoint", "List and restore a checkpoint's backups, forget a source");
  checkpoint->require_subcommand(1);
  checkpoint->footer("Example:\n  sluice checkpoint restore s3://backups/invoices checkpoint");

  CLI::App* listing = add(*checkpoint, action, arguments, "list", "Show the backups", list);
  listing->footer("Example:\n  sluice checkpoint list s3://backups/invoices");

  CLI::App* restoring = add(*checkpoint, action, arguments, "restore",
                            "Make a checkpoint from a backup, completely or not at all", restore);
  restoring->footer("Example:\n  sluice checkpoint restore s3://backups/invoices checkpoint");
  restoring->add_option("to", arguments->to, "The checkpoint's folder: empty, or not there")
      ->required()
      ->type_name("TO");
  restoring->add_option("--backup", arguments->number, "The backup's number; by default the newest")
      ->type_name("NUMBER");

  CLI::App* forgetting = checkpoint->add_subcommand(
      "forget", "Give up the position of a source that is gone for good, or is to start again");
  forgetting->footer("Example:\n  sluice checkpoint forget checkpoint --source orders");
  forgetting
      ->add_option("checkpoint", arguments->to,
                   "The checkpoint's folder; no pipeline may be running on it")
      ->required()
      ->type_name("CHECKPOINT");
  forgetting->add_option("--source", arguments->source, "The source's name in the checkpoint")
      ->required()
      ->type_name("NAME");
  forgetting->callback(
      [&action, arguments] { action = [arguments] { return forget(*arguments); }; });
}

}  // namespace sluice::cli
