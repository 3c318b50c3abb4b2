#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/config_value.h"
#include "base/options.h"
#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "sluice/delta.h"

namespace sluice::cli {
namespace {

struct DeltaArguments {
  std::string path;
  bool json = false;
  std::size_t limit = 20;
  std::string target_size;
  DeltaOptimize optimize;
  std::string retention;
  DeltaVacuum vacuum;
  std::optional<std::int64_t> version;
  std::string timestamp;
  DeltaCreate create;
  std::vector<std::string> properties;
};

/// "2024-01-02 03:04:05" or "2024-01-02", in UTC.
Result<std::int64_t> read_time(const std::string& text) {
  std::tm parts{};
  std::string given = text;
  std::ranges::replace(given, 'T', ' ');
  if (given.ends_with('Z')) given.pop_back();
  for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d"}) {
    parts = {};
    const char* end = strptime(given.c_str(), format, &parts);
    if (end != nullptr && *end == 0) return static_cast<std::int64_t>(timegm(&parts)) * 1000;
  }
  return user_error("--timestamp " + text + ": write it in UTC as 2024-01-02 03:04:05");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out.empty() ? "-" : out;
}

/// What a command says when it went well.
int say(const std::string& text) {
  write_all(STDOUT_FILENO, text.ends_with('\n') ? text : text + "\n");
  return kFine;
}

int describe(const DeltaArguments& arguments) {
  const auto found = describe_delta(arguments.path);
  if (!found) return fail(found.error());
  if (arguments.json) return say(to_json(*found));
  std::vector<std::vector<std::string>> rows = {
      {"path", found->path},
      {"version", std::to_string(found->version)},
      {"rows", found->rows ? count_text(*found->rows) : "not known"},
      {"files", count_text(found->files)},
      {"bytes", bytes_text(found->bytes)},
      {"partitioned by", joined(found->partition_by)},
      {"protocol", "reader " + std::to_string(found->min_reader_version) + ", writer " +
                       std::to_string(found->min_writer_version)},
      {"features", joined(found->features)},
      {"checkpoint",
       found->checkpoint_version == 0 ? "-" : std::to_string(found->checkpoint_version)}};
  if (found->files_with_deleted_rows > 0) {
    rows.push_back({"files with deleted rows", count_text(found->files_with_deleted_rows)});
  }
  for (const auto& [name, value] : found->properties) rows.push_back({name, value});
  std::vector<std::vector<std::string>> columns = {{"column", "type"}};
  for (const auto& [name, type] : found->columns) columns.push_back({name, type});
  return say(text_columns(rows) + "\n" + text_columns(columns));
}

int history(const DeltaArguments& arguments) {
  const auto found = delta_history(arguments.path, arguments.limit);
  if (!found) return fail(found.error());
  if (arguments.json) return say(to_json(*found));
  std::vector<std::vector<std::string>> rows = {
      {"version", "time (UTC)", "operation", "metrics", "by"}};
  for (const DeltaCommit& commit : *found) {
    std::string metrics;
    for (const auto& [name, value] : commit.metrics) {
      metrics += (metrics.empty() ? "" : " ") + name + "=" + value;
    }
    rows.push_back({std::to_string(commit.version), time_text(commit.timestamp_ms),
                    commit.operation, metrics, commit.engine});
  }
  return say(text_columns(rows));
}

int optimize(DeltaArguments& arguments) {
  if (!arguments.target_size.empty()) {
    const auto bytes = parse_byte_size(arguments.target_size);
    if (!bytes || *bytes <= 0) {
      return fail(user_error("--target-size " + arguments.target_size + ": write it as 128MiB"));
    }
    arguments.optimize.target_bytes = *bytes;
  }
  const auto done = optimize_delta(arguments.path, arguments.optimize);
  if (!done) return fail(done.error());
  if (arguments.json) return say(to_json(*done));
  if (done->version < 0) return say("nothing to do: there are no small files to put together");
  return say("version " + std::to_string(done->version) + ": " +
             counted(done->files_removed, "file", "files") + " (" +
             bytes_text(done->bytes_removed) + ") became " +
             counted(done->files_added, "file", "files") + " (" + bytes_text(done->bytes_added) +
             "); vacuum removes the old ones");
}

int vacuum(DeltaArguments& arguments) {
  if (!arguments.retention.empty()) {
    const auto micros = parse_duration_micros(arguments.retention);
    if (!micros) {
      return fail(user_error("--retention " + arguments.retention + ": write it as 168h or 7d"));
    }
    arguments.vacuum.retention = std::chrono::microseconds(*micros);
  }
  const auto done = vacuum_delta(arguments.path, arguments.vacuum);
  if (!done) return fail(done.error());
  if (arguments.json) return say(to_json(*done));
  std::string text;
  for (const std::string& file : done->files) text += file + "\n";
  const std::string word = arguments.vacuum.dry_run ? " would be removed" : " removed";
  return say(text + counted(static_cast<std::int64_t>(done->files.size()), "file", "files") + " (" +
             bytes_text(done->bytes) + ")" + word);
}

int restore_table(const DeltaArguments& arguments) {
  std::optional<std::int64_t> timestamp;
  if (!arguments.timestamp.empty()) {
    const auto time = read_time(arguments.timestamp);
    if (!time) return fail(time.error());
    timestamp = *time;
  }
  const auto done = restore_delta(arguments.path, arguments.version, timestamp);
  if (!done) return fail(done.error());
  if (arguments.json) return say(to_json(*done));
  if (done->version < 0) return say("nothing to do: the table has the files of that version");
  return say("version " + std::to_string(done->version) + " is the same as version " +
             std::to_string(done->from_version) + ": " +
             counted(done->files_restored, "file", "files") + " restored, " +
             std::to_string(done->files_removed) + " removed" +
             (done->metadata_restored ? "; columns and properties are those of that version" : ""));
}

Status take_properties(DeltaArguments& arguments) {
  SLUICE_ASSIGN(arguments.create.properties, parse_variables(arguments.properties));
  return {};
}

int create(DeltaArguments& arguments) {
  if (auto taken = take_properties(arguments); !taken) return fail(taken.error());
  if (auto done = create_delta(arguments.path, arguments.create); !done) return fail(done.error());
  return say("created " + arguments.path);
}

int convert(DeltaArguments& arguments) {
  if (auto taken = take_properties(arguments); !taken) return fail(taken.error());
  const auto files = convert_to_delta(arguments.path, arguments.create);
  if (!files) return fail(files.error());
  return say(arguments.path + " is a Delta table of " + counted(*files, "file", "files"));
}

CLI::App* add(CLI::App& delta, Action& action, const std::shared_ptr<DeltaArguments>& arguments,
              const std::string& name, const std::string& text,
              std::function<int(DeltaArguments&)> work) {
  CLI::App* command = delta.add_subcommand(name, text);
  command->add_option("path", arguments->path, "The table's folder")->required()->type_name("PATH");
  command->callback([&action, arguments, work = std::move(work)] {
    action = [arguments, work] { return work(*arguments); };
  });
  return command;
}

void add_json(CLI::App* command, const std::shared_ptr<DeltaArguments>& arguments) {
  command->add_flag("--json", arguments->json, "One JSON text instead of a table");
}

void add_making(CLI::App* command, const std::shared_ptr<DeltaArguments>& arguments,
                bool required) {
  auto* columns = command->add_option("--columns", arguments->create.columns,
                                      "The columns as in SQL: 'id BIGINT, day DATE'");
  if (required) columns->required();
  columns->type_name("COLUMNS");
  command->add_option("--partition-by", arguments->create.partition_by, "Columns, as a,b")
      ->delimiter(',')
      ->type_name("COLUMNS");
  command
      ->add_option("--property", arguments->properties,
                   "A table property; may be given several times")
      ->type_name("NAME=VALUE");
}

void add_rewriting(CLI::App& delta, Action& action,
                   const std::shared_ptr<DeltaArguments>& arguments) {
  CLI::App* optimizing =
      add(delta, action, arguments, "optimize",
          "Put small files together, in one commit that changes no row", optimize);
  optimizing->footer("Example:\n  sluice delta optimize out/bronze --zorder seller,day");
  optimizing
      ->add_option("--target-size", arguments->target_size,
                   "Size of the files; by default the table's delta.targetFileSize, or 128MiB")
      ->type_name("SIZE");
  optimizing
      ->add_option("--sort", arguments->optimize.sort_by,
                   "Write every file again, with rows sorted by these columns in each partition")
      ->delimiter(',')
      ->type_name("COLUMNS");
  optimizing
      ->add_option("--zorder", arguments->optimize.zorder_by,
                   "Write every file again, along a Z-order curve over these columns")
      ->delimiter(',')
      ->type_name("COLUMNS");
  add_json(optimizing, arguments);

  CLI::App* vacuuming =
      add(delta, action, arguments, "vacuum", "Remove files that no recent version needs", vacuum);
  vacuuming->footer("Example:\n  sluice delta vacuum out/bronze --dry-run");
  vacuuming
      ->add_option("--retention", arguments->retention,
                   "How long files are kept that the table no longer has; by default the table's "
                   "delta.deletedFileRetentionDuration, or 7d")
      ->type_name("TIME");
  vacuuming->add_flag("--allow-short-retention", arguments->vacuum.allow_short,
                      "Allow a retention of less than 7 days: nobody else is using the table now");
  vacuuming->add_flag("--dry-run", arguments->vacuum.dry_run, "Only list the files");
  add_json(vacuuming, arguments);
}

}  // namespace

void add_delta_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<DeltaArguments>();
  CLI::App* delta = app.add_subcommand("delta", "Look into and tidy up Delta tables");
  delta->require_subcommand(1);
  delta->footer("Example:\n  sluice delta history out/bronze");

  CLI::App* describing = add(*delta, action, arguments, "describe",
                             "Show a table's version, columns, files and properties", describe);
  describing->footer("Example:\n  sluice delta describe out/bronze --json");
  add_json(describing, arguments);

  CLI::App* showing = add(*delta, action, arguments, "history", "Show a table's commits", history);
  showing->footer("Example:\n  sluice delta history out/bronze --limit 5");
  showing->add_option("--limit", arguments->limit, "How many commits, the newest first")
      ->type_name("N")
      ->capture_default_str();
  add_json(showing, arguments);

  add_rewriting(*delta, action, arguments);

  CLI::App* restoring = add(*delta, action, arguments, "restore",
                            "Make a new version with the content of an old one", restore_table);
  restoring->footer("Example:\n  sluice delta restore out/bronze --version 12");
  restoring->add_option("--version", arguments->version, "The version to restore")->type_name("N");
  restoring
      ->add_option("--timestamp", arguments->timestamp,
                   "The version of that time: 2024-01-02 03:04:05, in UTC")
      ->type_name("TIME");
  add_json(restoring, arguments);

  CLI::App* creating = add(*delta, action, arguments, "create", "Make an empty table", create);
  creating->footer("Example:\n  sluice delta create out/bronze --columns 'id BIGINT, day DATE'");
  add_making(creating, arguments, true);

  CLI::App* converting = add(*delta, action, arguments, "convert",
                             "Make a table of the Parquet files in a folder", convert);
  converting->footer("Example:\n  sluice delta convert out/parquet --partition-by day");
  add_making(converting, arguments, false);
}

}  // namespace sluice::cli
