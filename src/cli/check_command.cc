#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/connection_lines.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/page_options.h"
#include "cli/pipeline_files.h"
#include "cli/spark_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "sluice/host.h"
#include "sluice/lint.h"
#include "sluice/live.h"

namespace sluice::cli {
namespace {

constexpr const char* kCheckExample = R"(Examples:
  sluice check pipeline.yaml
  sluice check pipelines/
  sluice check --strict --format json pipeline.yaml
  sluice check --connect pipeline.yaml
  sluice check --engine spark pipeline.yaml

Reads the file, plans the SQL and checks every sink against its rows; of several files also
whether they can run in one process. Writes nothing, and asks outside only for columns that the
file does not name: of Cassandra's tables, Delta tables and Parquet files. Then it warns of what
runs and looks like a mistake, each with a code: `sluice explain-error LINT_FLOAT_MONEY` says
more, and a comment `# sluice: allow CODE reason` keeps it quiet. With --connect it
then tries every connection and permission that a run needs: each source, table, sink, dead
letter, the checkpoint and its backups. It runs nothing and leaves nothing behind. With
--engine spark it says whether Spark could run the file, or what it has not. Ends with 0
when all is well, with 2 when something must be fixed, with 1 when something does not answer.)";

struct CheckArguments {
  std::vector<std::string> paths;
  bool strict = false;
  bool json = false;
  std::vector<std::string> variables;
  std::string shard;
  bool connect = false;
  SparkArguments spark;
};

struct Widths {
  std::size_t name = 0;
  std::size_t kind = 0;
};

void widen(Widths& widths, const std::vector<PartDescription>& parts) {
  for (const PartDescription& part : parts) {
    widths.name = std::max(widths.name, part.name.size() + 2);
    widths.kind = std::max(widths.kind, part.kind.size() + 2);
  }
}

std::string part_lines(const std::string& what, const std::vector<PartDescription>& parts,
                       const Widths& widths, const Terminal& terminal) {
  constexpr std::size_t kLabelColumns = 8;
  std::string text;
  for (const PartDescription& part : parts) {
    std::string detail = part.detail + (part.promise.empty() ? "" : " (" + part.promise + ")");
    const std::size_t used = 2 + kLabelColumns + widths.name + widths.kind;
    if (terminal.live && used + 20 < terminal.columns && used + detail.size() > terminal.columns) {
      detail = detail.substr(0, terminal.columns - used - 3) + "...";
    }
    text += "  " + toned(padded(what, kLabelColumns), Tone::kFaint, terminal.colour) +
            padded(part.name, widths.name) + padded(part.kind, widths.kind) +
            toned(detail, Tone::kFaint, terminal.colour) + "\n";
  }
  return text;
}

int check_file(const CheckArguments& arguments, const std::string& path, const Pipeline& pipeline) {
  const auto checked = check_with_lints(pipeline);
  if (arguments.json) {
    write_all(STDOUT_FILENO, check_json(path, checked));
    if (!checked) return exit_code(checked.error());
    return arguments.strict && !checked->warnings.empty() ? kUserError : kFine;
  }
  if (!checked) return fail(checked.error(), path);
  const PipelineDescription* description = &checked->description;
  const bool colour = look_at_terminal(STDERR_FILENO).colour;
  for (const PipelineWarning& warning : checked->warnings) {
    write_all(STDERR_FILENO, lint_text(warning, colour));
  }
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  Widths widths;
  widen(widths, description->sources);
  widen(widths, description->tables);
  widen(widths, description->views);
  widen(widths, description->sinks);
  write_all(STDOUT_FILENO, path + ": " + toned("fine", Tone::kGreen, terminal.colour) + "\n" +
                               part_lines("source", description->sources, widths, terminal) +
                               part_lines("table", description->tables, widths, terminal) +
                               part_lines("view", description->views, widths, terminal) +
                               part_lines("sink", description->sinks, widths, terminal) + "  " +
                               toned("trigger ", Tone::kFaint, terminal.colour) +
                               description->trigger + "\n");
  return arguments.strict && !checked->warnings.empty() ? kUserError : kFine;
}

/// Of a file that could not be read.
int fail_file(const CheckArguments& arguments, const std::string& path, Error error) {
  if (!arguments.json) return fail(error, path);
  const int code = exit_code(error);
  write_all(STDOUT_FILENO, check_json(path, std::move(error)));
  return code;
}

/// Each connection's line as soon as it is known. The exit code is that of the worst error.
int try_connections(const std::string& path, Pipeline& pipeline, const std::stop_token& stop) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  std::size_t width = 0;
  const PipelineDescription description = pipeline.describe();
  for (const auto* parts : {&description.sources, &description.tables, &description.sinks}) {
    for (const PartDescription& part : *parts) width = std::max(width, part.name.size());
  }
  write_all(STDOUT_FILENO, path + ": connections\n");
  int code = kFine;
  const auto show = [&](const ConnectionReport& report) {
    write_all(STDOUT_FILENO, connection_lines(report, width, terminal.colour));
    for (const ConnectionStep& step : report.steps) {
      if (!step.outcome) code = std::max<int>(code, exit_code(step.outcome.error()));
    }
  };
  auto tried = pipeline.check_connections(show, stop);
  if (!tried && tried.error().kind() == Kind::kCancelled) return kInterrupted;
  return tried ? code : fail(tried.error(), path);
}

/// Whether the files agree on one page for all, which may be served so.
int check_pages(const std::vector<LoadedFile>& files) {
  PageOptions none;
  none.live.address.clear();
  const auto page = page_of(none, pages_of(files));
  if (!page) return fail(page.error(), file_of_page(files));
  if (!*page) return kFine;
  const auto checked = check_page(**page);
  return checked ? kFine : fail(checked.error(), file_of_page(files));
}

/// Whether Spark could run the file. Does not return but with the exit code of an error.
int check_for_spark(const CheckArguments& arguments, const std::vector<std::string>& paths,
                    const std::map<std::string, std::string>& variables) {
  if (paths.size() != 1) {
    return fail(user_error("--engine spark checks one file, and here are " +
                           std::to_string(paths.size()) + ": check each on its own"));
  }
  if (arguments.connect || !arguments.shard.empty()) {
    return fail(user_error("--engine spark tries no connections and knows no shards: leave " +
                           std::string(arguments.connect ? "--connect" : "--shard") + " out"));
  }
  if (arguments.strict || arguments.json) {
    return fail(user_error("--engine spark asks Spark, which warns of nothing: leave " +
                           std::string(arguments.strict ? "--strict" : "--format") + " out"));
  }
  const auto pipeline = Pipeline::load(paths[0], variables);
  if (!pipeline) return fail(pipeline.error(), paths[0]);
  return hand_to_spark(*pipeline, TriggerChoice::kAsInFile, arguments.spark, {"check"});
}

int check(const CheckArguments& arguments) {
  if (arguments.json && arguments.connect) {
    return fail(user_error("--format json has no connections: ask for them without it"));
  }
  if (arguments.paths.empty()) return fail(which_pipeline("check", "FILE|FOLDER"));
  const auto cluster = check_cluster_options(arguments.spark);
  if (!cluster) return fail(cluster.error());
  std::optional<StopSignals> signals;  // else Ctrl+C ends it as usual
  if (arguments.connect) signals.emplace([] {});
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const auto shard = shard_option(arguments.shard);
  if (!shard) return fail(shard.error());
  const auto paths = pipeline_files(arguments.paths);
  if (!paths) return fail(paths.error());
  if (arguments.spark.is_spark()) return check_for_spark(arguments, *paths, *variables);
  auto files = load_files(*paths, *variables, *shard);
  if (!files) return fail(files.error());
  int code = check_pages(*files);
  std::vector<Pipeline> loaded;
  for (LoadedFile& file : *files) {
    int found = file.pipeline ? check_file(arguments, file.path, *file.pipeline)
                              : fail_file(arguments, file.path, file.pipeline.error().clone());
    if (arguments.connect && found == kFine) {
      found = try_connections(file.path, *file.pipeline, signals->token());
    }
    code = std::max(code, found);
    if (file.pipeline) loaded.push_back(*std::move(file.pipeline));
  }
  Host host({});
  for (const auto& added : host.add(std::move(loaded))) {
    if (!added) code = std::max(code, fail(added.error()));
  }
  return code;
}

}  // namespace

void add_check_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand("check", "Check pipeline files without running them");
  command->footer(kCheckExample);
  command->add_option("file", arguments->paths, "Pipeline files, or folders of them")
      ->type_name("FILE|FOLDER");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)  // what follows it is a file
      ->type_name("NAME=VALUE");
  add_shard_option(*command, arguments->shard);
  command->add_flag("--strict", arguments->strict,
                    "Warnings (LINT_...) are to be fixed, too: ends with 2 where there is one");
  auto format = std::make_shared<std::string>("text");
  command->add_option("--format", *format, "text, or json: an object a file and line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_flag("--connect", arguments->connect,
                    "Also try every connection and permission that a run needs");
  add_engine_options(*command, arguments->spark);
  add_cluster_options(*command, arguments->spark);
  command->callback([&action, arguments, format] {
    arguments->json = *format == "json";
    action = [arguments] { return check(*arguments); };
  });
}

}  // namespace sluice::cli
